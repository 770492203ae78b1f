public import Engine
public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Runs that nobody owns, and commands: each step on one document under its own condition.
extension MemoryState {
    public func pending(after: String?, limit: Int) -> Page<DagInstance> {
        let found = instances.values.filter { $0.status == .`init` }.sorted { $0.queuePlace < $1.queuePlace }
        // A place stays one when the run that had it is gone from the queue.
        let place = after.flatMap { instances[$0]?.queuePlace }
        let page = Array(found.drop { instance in place.map { instance.queuePlace <= $0 } ?? false }.prefix(limit))
        return Page(page, next: page.count == limit ? page.last?.id : nil)
    }

    public func pending(except dagIds: [String], limit: Int) -> Page<DagInstance> {
        let found = instances.values.filter { $0.status == .`init` && !dagIds.contains($0.dagId) }
        return Page(Array(found.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }.prefix(limit)))
    }

    public func activeRuns(of dagId: String, limit: Int) -> [String] {
        let found = instances.values.filter { run in
            run.dagId == dagId && run.origin?.kind != .task && (run.status.isOwned || run.status == .parked && run.runEpoch > 0)
        }
        return Array(found.map(\.id).sorted().prefix(limit))
    }

    public func waitingRuns(of dagId: String?, limit: Int) -> Int {
        min(limit, instances.values.count { $0.status == .`init` && dagId ?? $0.dagId == $0.dagId })
    }

    public func due(until time: Date, after: String?, limit: Int) -> Page<DagInstance> {
        let waiting: Set<DagInstanceStatus> = [.`init`, .parked, .blocked]
        let found = instances.values.compactMap { instance in
            instance.wakeAt.flatMap { $0 <= time && waiting.contains(instance.status) ? (wakeAt: $0, instance) : nil }
        }
        let place = after.flatMap { instances[$0] }.flatMap { run in run.wakeAt.map { ($0, run.id) } }
        let sorted = found.map { ($0.wakeAt, $0.1.id) }.sorted(by: <).drop { one in place.map { one <= $0 } ?? false }
        let page = sorted.prefix(limit).compactMap { instances[$0.1] }
        return Page(page, next: page.count == limit ? page.last?.id : nil)
    }

    /// Runs by id, in order of id.
    public func instances(ids: [String]) -> Page<DagInstance> { Page(Set(ids).sorted().compactMap { instances[$0] }) }

    public mutating func amend(_ amendment: Amendment) -> Bool {
        guard let existing = instances[amendment.instance.id] else { return false }
        // One that is sent again finds itself.
        if existing == amendment.instance { return true }
        guard existing.version == amendment.expected, existing.session == nil else { return false }
        put(amendment.instance)
        return true
    }

    public mutating func submit(_ command: Command) -> CommandRecord {
        if let existing = commands[command.id] { return existing }
        let record = CommandRecord(command)
        commands[command.id] = record
        return record
    }

    public func commands(of run: String, limit: Int) -> [CommandRecord] {
        inOrder(commands.values.filter { $0.command.run == run }).suffix(limit)
    }

    public func openCommands(after: String?, limit: Int) -> Page<CommandRecord> {
        let open = inOrder(commands.values.filter { !$0.status.isSettled })
        let place = after.flatMap { commands[$0]?.place }
        let page = Array(open.drop { record in place.map { record.place <= $0 } ?? false }.prefix(limit))
        return Page(page, next: page.count == limit ? page.last?.command.id : nil)
    }

    public func openCommands(of runs: [String], limit: Int) -> [CommandRecord] {
        let runs = Set(runs)
        return Array(inOrder(commands.values.filter { !$0.status.isSettled && runs.contains($0.command.run) }).prefix(limit))
    }

    public mutating func settle(_ record: CommandRecord) {
        guard var existing = commands[record.command.id], !existing.status.isSettled else { return }
        (existing.status, existing.result) = (record.status, record.result)
        if record.status.isSettled { existing.settledAt = record.settledAt ?? record.command.author.at }
        commands[record.command.id] = existing
    }

    private func inOrder(_ records: [CommandRecord]) -> [CommandRecord] {
        records.sorted { $0.place < $1.place }
    }
}

extension DagInstance {
    fileprivate var queuePlace: (Int, Date, String) { (-priority, createdAt, id) }
}

extension CommandRecord {
    fileprivate var place: (Date, String) { (command.author.at, command.id) }
}
