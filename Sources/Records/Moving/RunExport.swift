package import Engine
import Workflow

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Writes runs, what they were made from and what they left, as lines of JSON. No more than one run's tasks, or a page of runs or traces, is in memory.
package struct RunExport: Sendable {
    /// Which runs.
    package enum Choice: Sendable, Hashable {
        /// These, and the runs that tasks of them have started.
        case runs([String])
        /// All of a DAG, or of all DAGs (`nil`), that were submitted since; and the runs that tasks of them have started.
        case all(dagId: String?, since: Date?)
    }

    /// What cannot be written, and is left out.
    package var leftOut: [String] = []
    package private(set) var moved = Moved()
    private let store: any Store
    private let write: @Sendable (String) throws -> Void
    /// Versions that were written. Some may be written again where there are very many, which is harmless.
    private var versions: Set<String> = []
    private static let versionLimit = 10_000
    private static let pageSize = 200
    private static let tracePage = 100
    private static let commandLimit = 10_000
    private static let leftOutLimit = 1_000

    /// - Parameter write: gets one line after the other, each with its line feed.
    package init(store: any Store, write: @escaping @Sendable (String) throws -> Void) {
        self.store = store
        self.write = write
    }

    /// - Parameters:
    ///   - now: the time that the export is said to be of.
    ///   - progress: called after each run.
    /// - Throws: `CommandError` where a run that is named does not exist; `StoreError`; what `write` throws.
    package mutating func run(_ choice: Choice, now: Date, progress: (Moved) throws -> Void = { _ in }) async throws {
        if case .runs(let ids) = choice { try await check(ids) }
        try put(.export(format: ExportLine.format, at: now))
        switch choice {
        case .runs(let ids): try await named(ids, progress)
        case .all(let dagId, let since): try await all(dagId, since, progress)
        }
        try put(.end(runs: Int64(moved.runs)))
    }

    private func put(_ line: ExportLine) throws { try write(try line.text + "\n") }

    /// Before anything is written.
    private func check(_ ids: [String]) async throws {
        for id in ids {
            guard try await store.instance(id: id) != nil else {
                throw CommandError(.notFound, "there is no run '\(id)' (commander list shows those that there are)")
            }
        }
    }

    private mutating func named(_ ids: [String], _ progress: (Moved) throws -> Void) async throws {
        var seen: Set<String> = []
        for id in ids { try await family(of: id, &seen, progress) }
    }

    private mutating func all(_ dagId: String?, _ since: Date?, _ progress: (Moved) throws -> Void) async throws {
        var query = InstanceQuery(dagId: dagId, limit: Self.pageSize)
        while true {
            let page = try await store.instances(query)
            for document in page.unreadable { leaveOut("'\(document.id)' in \(document.collection): \(document.problem)") }
            for run in page.elements {
                // The newest come first: what follows is older still.
                if let since, run.createdAt < since { return }
                // Those that tasks have started come with their parents.
                guard run.trigger != .parent || dagId == nil else { continue }
                var seen: Set<String> = [run.id]
                let children = try await export(run, progress)
                if dagId != nil { for child in children { try await family(of: child, &seen, progress) } }
            }
            guard let next = page.next else { return }
            query.after = next
        }
    }

    /// A run and those that its tasks have started, and theirs.
    private mutating func family(of id: String, _ seen: inout Set<String>, _ progress: (Moved) throws -> Void) async throws {
        var open = [id]
        while let id = open.popLast() {
            guard seen.insert(id).inserted, let run = try await store.instance(id: id) else { continue }
            open += try await export(run, progress).reversed()
        }
    }

    /// - Returns: ids of the runs that its tasks have started.
    private mutating func export(_ run: DagInstance, _ progress: (Moved) throws -> Void) async throws -> [String] {
        try await exportVersion(of: run)
        try put(.run(run))
        let tasks = try await store.tasks(of: run.id, runEpoch: run.runEpoch)
        for task in tasks { try put(.task(task)) }
        moved.tasks += tasks.count
        let commands = try await store.commands(of: run.id, limit: Self.commandLimit)
        for command in commands { try put(.command(command)) }
        moved.commands += commands.count
        try await exportTraces(of: run.id)
        try put(.endOfRun(run.id))
        moved.runs += 1
        try progress(moved)
        return tasks.compactMap { $0.history?.childRun }
    }

    private mutating func exportVersion(of run: DagInstance) async throws {
        let key = Dag.versionKey(id: run.dagId, version: run.dagVersion)
        guard !versions.contains(key) else { return }
        if versions.count >= Self.versionLimit { versions = [] }
        versions.insert(key)
        guard let dag = try await store.dagVersion(id: run.dagId, version: run.dagVersion) else {
            return leaveOut("the definition \(key), which is not in the store")
        }
        try put(.version(NewDefinition(dag: dag, version: run.dagVersion, source: "")))
        moved.versions += 1
    }

    private mutating func exportTraces(of run: String) async throws {
        var place: String?
        while true {
            let chunks = try await store.traces(of: run, taskId: nil, after: place, limit: Self.tracePage)
            for chunk in chunks { try put(.trace(chunk)) }
            moved.traces += chunks.count
            guard let last = chunks.last?.id else { return }
            place = last
        }
    }

    private mutating func leaveOut(_ what: String) {
        if leftOut.count < Self.leftOutLimit { leftOut.append(what) }
    }
}
