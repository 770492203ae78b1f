public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Many runs at once, by what they have in common.
public struct RunSelection: Sendable, Hashable {
    public var dagId: String?
    /// Empty for all.
    public var statuses: Set<DagInstanceStatus>
    /// Submitted at this time or later.
    public var since: Date?
    /// Submitted before this time.
    public var until: Date?
    /// Tags that a run must have, with these values.
    public var tags: [String: String]
    /// Whether runs that tasks of other runs have started count too; what becomes of them is for those runs to say.
    public var includesChildren: Bool
    /// How many at most, the newest first.
    public var limit: Int

    public init(
        dagId: String? = nil, statuses: Set<DagInstanceStatus> = [], since: Date? = nil, until: Date? = nil, tags: [String: String] = [:],
        includesChildren: Bool = false, limit: Int = 1_000
    ) {
        self.dagId = dagId
        self.statuses = statuses
        self.since = since
        self.until = until
        self.tags = tags
        self.includesChildren = includesChildren
        self.limit = max(limit, 1)
    }

    /// Whether a run is meant.
    public func contains(_ run: DagInstance) -> Bool {
        (dagId.map { $0 == run.dagId } ?? true) && (statuses.isEmpty || statuses.contains(run.status))
            && (since.map { run.createdAt >= $0 } ?? true) && (until.map { run.createdAt < $0 } ?? true)
            && tags.allSatisfy { run.tags[$0.key] == $0.value } && (includesChildren || run.trigger != .parent)
    }
}

/// What became of a command to one of many runs.
public struct SelectedResult: Sendable, Hashable {
    public var run: String
    public var record: CommandRecord?
    /// Why the command could not even be kept, where there is no record.
    public var error: String?

    public init(run: String, record: CommandRecord? = nil, error: String? = nil) {
        self.run = run
        self.record = record
        self.error = error
    }
}

extension Commander {
    /// How many commands are on their way at once.
    private static let parallelCommands = 16

    /// The runs that are meant, the newest first.
    /// - Returns: at most `selection.limit` runs, and whether there are, or may be, more.
    public func select(_ selection: RunSelection) async throws -> (runs: [DagInstance], hasMore: Bool) {
        var runs: [DagInstance] = []
        var query = InstanceQuery(dagId: selection.dagId, statuses: selection.statuses, limit: 1_000)
        while true {
            let page = try await store.instances(query)
            for run in page.elements where selection.contains(run) {
                if runs.count == selection.limit { return (runs, true) }
                runs.append(run)
            }
            // Newest first: what comes is older still.
            let isPast = selection.since.flatMap { since in page.elements.last.map { $0.createdAt < since } } ?? false
            guard let next = page.next, !isPast else { return (runs, false) }
            query.after = next
        }
    }

    /// Tells many runs the same, a few at a time.
    /// - Parameters:
    ///   - wait: how long to wait, in all, until the commands are settled; `nil` not to.
    ///   - progress: hears, as it goes, how many commands were kept, and how many are settled.
    /// - Returns: for each run, in order, what became of it; what is wrong with one disturbs no other.
    public func send(
        _ kind: Command.Kind, to runs: [String], tasks: [String] = [], author: Author = .thisProcess(), wait: Duration? = nil,
        progress: (_ sent: Int, _ settled: Int) throws -> Void = { _, _ in }
    ) async throws -> [SelectedResult] {
        var results: [SelectedResult] = []
        for start in stride(from: 0, to: runs.count, by: Self.parallelCommands) {
            let some = Array(runs[start..<min(start + Self.parallelCommands, runs.count)])
            results += try await submit(
                some.map { Command(id: RunID.make(at: Self.now()), run: $0, kind: kind, tasks: tasks, author: author) })
            // The first can be applied while the others are on their way.
            await keeper.signal([.commands])
            try progress(results.count, 0)
        }
        guard let wait else { return results }
        let kept = results.indices.filter { results[$0].record != nil }
        let sent = results.count
        let settled = try await settled(kept.compactMap { results[$0].record }, within: wait) { try progress(sent, $0) }
        for (index, record) in zip(kept, settled) { results[index].record = record }
        return results
    }

    private func submit(_ commands: [Command]) async throws -> [SelectedResult] {
        try await withThrowingTaskGroup(of: (Int, SelectedResult).self) { group in
            for (index, command) in commands.enumerated() {
                group.addTask {
                    do { return (index, SelectedResult(run: command.run, record: try await store.submit(command))) } catch let error
                        as StoreError
                    {
                        return (index, SelectedResult(run: command.run, error: error.message))
                    }
                }
            }
            var results: [(Int, SelectedResult)] = []
            for try await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
