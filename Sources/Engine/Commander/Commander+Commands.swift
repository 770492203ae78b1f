public import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a run can be told. Each call keeps a command in the store and returns it; it is applied exactly once, by the run's owner, or by the leader where nobody owns the run.
///
/// With `wait` a call returns when the command is settled (done or refused), or when that time is over: then the record says how far it has come, and the command still
/// applies. Without it the call returns at once. Several commands to one run may be under way.
extension Commander {
    /// Failed and canceled tasks run again: these, or all of the run.
    @discardableResult
    public func retry(_ run: String, tasks: [String] = [], author: Author = .thisProcess(), wait: Duration? = nil) async throws
        -> CommandRecord
    {
        try await send(.retry, to: run, tasks: tasks, author: author, wait: wait)
    }

    /// Finished tasks, and all that follow from them, run again.
    @discardableResult
    public func rerun(_ run: String, from tasks: [String], author: Author = .thisProcess(), wait: Duration? = nil) async throws
        -> CommandRecord
    {
        try await send(.rerun, to: run, tasks: tasks, author: author, wait: wait)
    }

    /// Tasks, or the whole run, end as canceled. A run that has not started yet never does.
    @discardableResult
    public func cancel(_ run: String, tasks: [String] = [], author: Author = .thisProcess(), wait: Duration? = nil) async throws
        -> CommandRecord
    {
        try await send(.cancel, to: run, tasks: tasks, author: author, wait: wait)
    }

    /// Blocked tasks go on: these, or all of the run.
    @discardableResult
    public func `continue`(_ run: String, tasks: [String] = [], author: Author = .thisProcess(), wait: Duration? = nil) async throws
        -> CommandRecord
    {
        try await send(.continue, to: run, tasks: tasks, author: author, wait: wait)
    }

    /// Blocked tasks have failed: these, or all of the run.
    @discardableResult
    public func reject(_ run: String, tasks: [String] = [], author: Author = .thisProcess(), wait: Duration? = nil) async throws
        -> CommandRecord
    {
        try await send(.reject, to: run, tasks: tasks, author: author, wait: wait)
    }

    /// Nothing new of the run starts; what is under way may end.
    @discardableResult
    public func pause(_ run: String, author: Author = .thisProcess(), wait: Duration? = nil) async throws -> CommandRecord {
        try await send(.pause, to: run, author: author, wait: wait)
    }

    @discardableResult
    public func resume(_ run: String, author: Author = .thisProcess(), wait: Duration? = nil) async throws -> CommandRecord {
        try await send(.resume, to: run, author: author, wait: wait)
    }

    /// Tells a run something.
    /// - Throws: `CommandError` where there is no such run or task.
    public func send(
        _ kind: Command.Kind, to run: String, tasks: [String] = [], author: Author = .thisProcess(), wait: Duration? = nil
    ) async throws -> CommandRecord {
        guard let instance = try await store.instance(id: run) else {
            throw CommandError(.notFound, "there is no run '\(run)' (commander list shows those that there are)")
        }
        try await check(kind, tasks, of: instance)
        return try await send(Command(id: RunID.make(at: Self.now()), run: run, kind: kind, tasks: tasks, author: author), wait: wait)
    }

    /// Keeps a command, wakes who applies it, and waits if that is wanted. Sending it again, with its id, is harmless.
    public func send(_ command: Command, wait: Duration? = nil) async throws -> CommandRecord {
        let record = try await store.submit(command)
        guard !record.status.isSettled else { return record }
        await keeper.signal([.commands])
        guard let wait else { return record }
        return try await settled([record], within: wait).first ?? record
    }

    /// A command and what has become of it.
    public func command(_ id: String) async throws -> CommandRecord {
        guard let record = try await store.command(id: id) else {
            throw CommandError(.notFound, "there is no command '\(id)' (commander commands RUN shows those of a run)")
        }
        return record
    }

    /// What a run was told, oldest first, at most the last `limit`.
    public func commands(of run: String, limit: Int = 1_000) async throws -> [CommandRecord] {
        guard try await store.instance(id: run) != nil else {
            throw CommandError(.notFound, "there is no run '\(run)' (commander list shows those that there are)")
        }
        return try await store.commands(of: run, limit: limit)
    }

    // MARK: Steps

    /// What can be known to be wrong before the run's owner looks. Whether a task is in the right status is for the owner to say.
    private func check(_ kind: Command.Kind, _ tasks: [String], of instance: DagInstance) async throws {
        if kind == .rerun, tasks.isEmpty {
            throw CommandError(.invalid, "name the tasks from which on the run is to run again (--from TASK)")
        }
        if kind == .pause || kind == .resume, !tasks.isEmpty {
            throw CommandError(.invalid, "a run is paused as a whole, not task by task")
        }
        guard !tasks.isEmpty, let dag = try await store.dagVersion(id: instance.dagId, version: instance.dagVersion) else { return }
        for task in tasks where !dag.knows(task) {
            let ids = dag.allTasks.map(\.id)
            let list = ids.prefix(20).joined(separator: ", ") + (ids.count > 20 ? ", …" : "")
            throw CommandError(.notFound, "the run '\(instance.id)' has no task '\(task)'; it has \(list)")
        }
    }

    /// Looks at commands until all are settled, from every 50 ms to every second, no longer than `limit`.
    /// - Returns: the commands as they are then, in their order.
    /// - Throws: `StoreError` where the store does not answer at the end of the time.
    func settled(
        _ records: [CommandRecord], within limit: Duration, progress: (Int) throws -> Void = { _ in }
    ) async throws -> [CommandRecord] {
        var records = records
        var backoff = Backoff(host, limit: .seconds(1))
        let deadline = host.now + limit
        while true {
            let isLast = host.now >= deadline
            do {
                for index in records.indices where !records[index].status.isSettled {
                    if let found = try await store.command(id: records[index].command.id) { records[index] = found }
                }
            } catch let error as StoreError where error.isTransient && !isLast {
                // The command is kept; the store may be back before the time is over.
            }
            try progress(records.count(where: \.status.isSettled))
            if isLast || records.allSatisfy(\.status.isSettled) { return records }
            try await host.sleep(until: min(host.now + backoff.step(), deadline))
        }
    }
}

extension Dag {
    /// Whether the id is that of a task, or of an item of a fan-out.
    func knows(_ id: String) -> Bool {
        if allTasks.contains(where: { $0.id == id }) { return true }
        guard let group = ForEach.group(of: id)?.task else { return false }
        return allTasks.contains { $0.id == group && $0.forEach != nil }
    }
}

extension Author {
    /// Whoever runs this process: `user@host`.
    public static func thisProcess(reason: String = "") -> Author {
        let process = ProcessInfo.processInfo
        return Author(by: "\(process.userName)@\(process.hostName)", reason: String(reason.prefix(500)), at: Commander.now())
    }
}
