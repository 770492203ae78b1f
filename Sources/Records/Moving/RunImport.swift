package import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads the lines of an export into a store. One run's tasks and a page of its traces are in memory, no more.
///
/// A run becomes visible last, when all that belongs to it is there: who imports the rest of a file after an error finds it whole or not at all, and no command of it meets a run. Whatever is there is left
/// alone: what is equal counts as skipped, what is not is named.
package struct RunImport: Sendable {
    /// What was written.
    package private(set) var imported = Moved()
    /// What was there already, just so.
    package private(set) var skipped = Moved()
    /// What was there and is different, or cannot be stored: at most 1,000 are named.
    package private(set) var problems: [String] = []
    package private(set) var problemCount = 0

    private let store: any Store
    private var exportedAt: Date?
    private var line = 0
    private var isOver = false
    private var section: Section?
    private static let page = 200
    private static let problemLimit = 1_000

    /// The run that is being read.
    private struct Section: Sendable {
        var run: DagInstance
        var tasks: [TaskInstance] = []
        var traces: [TraceChunk] = []
        /// `nil` until the first line that is no task.
        var fate: Fate?
    }

    /// What becomes of a run.
    private enum Fate: Sendable {
        case written(DagInstance)
        /// It is there, the same or another.
        case leftAlone
    }

    package init(store: any Store) { self.store = store }

    /// Reads the next line. Empty ones are passed over.
    /// - Throws: `StoreError` with the line's number where it is not as it must be; what came before stays imported.
    package mutating func take(_ json: [UInt8]) async throws {
        line += 1
        guard !json.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) else { return }
        let content: ExportLine
        do throws(StoreError) { content = try ExportLine(json) } catch { throw wrong(error.message) }
        try await take(content)
    }

    /// Says that there are no more lines.
    /// - Throws: `StoreError` where the file ends too early.
    package func finish() throws {
        guard exportedAt != nil else { throw StoreError(.malformed, "the file is empty: it is no export") }
        guard isOver else {
            let inside = section.map { " within the run '\($0.run.id)', which is not imported" } ?? ""
            throw StoreError(
                .malformed, "the file ends early, after line \(line)\(inside); export again, and import that: what is there is skipped")
        }
    }

    private func wrong(_ what: String) -> StoreError {
        StoreError(.malformed, "line \(line): \(what); the runs before it are imported, correct or remove the line and import again")
    }

    private mutating func take(_ content: ExportLine) async throws {
        guard case .export(let format, let at) = content else {
            guard exportedAt != nil else { throw wrong("the first line of an export must be {\"export\": …}") }
            return try await takeBody(content)
        }
        guard (1...ExportLine.format).contains(format) else {
            throw wrong("the export has the format \(format), this commander reads up to \(ExportLine.format): import it with a newer one")
        }
        guard section == nil else { throw wrong("an export begins within a run") }
        // Exports may be put together one behind the other.
        (exportedAt, isOver) = (at, false)
    }

    private mutating func takeBody(_ content: ExportLine) async throws {
        guard !isOver else { throw wrong("something follows the end of the export") }
        switch content {
        case .export: return
        case .version(let new): try await keep(new)
        case .run(let run):
            if let section { throw wrong("the run '\(run.id)' begins before the run '\(section.run.id)' has ended") }
            section = Section(run: run)
        case .task(let task):
            try check(task.dagInsId, "task '\(task.taskId)'")
            guard section?.fate == nil else { throw wrong("the task '\(task.taskId)' comes after commands or traces of its run") }
            section?.tasks.append(task)
        case .command(let command):
            try check(command.command.run, "command '\(command.command.id)'")
            try await decide()
            try await keep(command)
        case .trace(let chunk):
            try check(chunk.dagInsId, "trace '\(chunk.id)'")
            try await decide()
            section?.traces.append(chunk)
            if let count = section?.traces.count, count >= Self.page { try await keepTraces() }
        case .endOfRun(let id):
            try check(id, "end")
            try await decide()
            try await keepTraces()
            try await submit()
            section = nil
        case .end:
            if let section { throw wrong("the export ends within the run '\(section.run.id)'") }
            isOver = true
        }
    }

    /// Everything must belong to the run that is being read.
    private func check(_ run: String, _ what: String) throws {
        guard section?.run.id == run else { throw wrong("the \(what) belongs to the run '\(run)', which is not the one before it") }
    }

    // MARK: Writing

    private mutating func keep(_ new: NewDefinition) async throws {
        let key = Dag.versionKey(id: new.dag.id, version: new.version)
        switch try await store.dagVersion(id: new.dag.id, version: new.version) {
        case nil:
            try await store.keepVersions([new])
            imported.versions += 1
        case new.dag?: skipped.versions += 1
        case .some: differ("the definition \(key) is another one in this store")
        }
    }

    /// All tasks are read: what becomes of the run, by what is in the store.
    private mutating func decide() async throws {
        guard let read = section, read.fate == nil, let exportedAt else { return }
        let run = read.run.imported(exportedAt: exportedAt, tasks: read.tasks)
        let tasks = read.tasks.map { $0.imported(exportedAt: exportedAt) }
        section?.tasks = []
        guard let existing = try await store.instance(id: run.id) else {
            try await keep(tasks)
            section?.fate = .written(run)
            return
        }
        section?.fate = .leftAlone
        guard existing == run else { return differ("the run '\(run.id)' is another one in this store (\(existing.status.rawValue))") }
        skipped.runs += 1
        try await compare(tasks, runEpoch: run.runEpoch)
    }

    private mutating func keep(_ tasks: [TaskInstance]) async throws {
        for start in stride(from: 0, to: tasks.count, by: Self.page) {
            let some = tasks[start..<min(start + Self.page, tasks.count)]
            let result = try await store.record(RecordBatch(tasks: some.map { TaskRecord(task: $0, isFirst: true) }))
            for (task, outcome) in zip(some, result.tasks) { count(outcome, "the task '\(task.id)'", \.tasks) }
        }
    }

    private mutating func compare(_ tasks: [TaskInstance], runEpoch: Int64) async throws {
        guard let id = tasks.first?.dagInsId else { return }
        let there = Dictionary(
            try await store.tasks(of: id, runEpoch: runEpoch).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for task in tasks {
            if there[task.id] == task { skipped.tasks += 1 } else { differ("the task '\(task.id)' is another one in this store") }
        }
    }

    private mutating func keepTraces() async throws {
        guard let traces = section?.traces, !traces.isEmpty else { return }
        section?.traces = []
        guard case .written = section?.fate else {
            skipped.traces += traces.count
            return
        }
        let result = try await store.record(RecordBatch(traces: traces))
        for (chunk, outcome) in zip(traces, result.traces) { count(outcome, "the trace '\(chunk.id)'", \.traces) }
    }

    private mutating func keep(_ read: CommandRecord) async throws {
        guard let exportedAt, case .written = section?.fate else {
            skipped.commands += 1
            return
        }
        let record = read.imported(exportedAt: exportedAt)
        let found = try await store.submit(record.command)
        if found == record {
            skipped.commands += 1
        } else if !found.status.isSettled {
            // A leader that finds it in between can only refuse it: its run is not there yet.
            try await store.settle([record])
            guard try await store.command(id: record.command.id)?.result == record.result else {
                return differ("the command '\(record.command.id)' was refused in this store")
            }
            imported.commands += 1
        } else {
            differ("the command '\(record.command.id)' is another one in this store")
        }
    }

    private mutating func submit() async throws {
        guard case .written(let run)? = section?.fate else { return }
        switch try await store.submit([run]).first {
        case .refused(let why)?: differ("the run '\(run.id)' cannot be stored: \(why)")
        case .existing?: differ("the run '\(run.id)' has appeared in this store meanwhile")
        default: imported.runs += 1
        }
    }

    private mutating func count(_ outcome: RecordOutcome, _ what: String, _ number: WritableKeyPath<Moved, Int>) {
        switch outcome {
        case .written: imported[keyPath: number] += 1
        case .fenced: differ("\(what) is a later one in this store")
        case .refused(let why): differ("\(what) cannot be stored: \(why)")
        }
    }

    private mutating func differ(_ what: String) {
        problemCount += 1
        if problems.count < Self.problemLimit { problems.append("line \(line): \(what); it is left as it is") }
    }
}
