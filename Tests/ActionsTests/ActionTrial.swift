import Foundation
import Logging
import Synchronization
import Workflow

@testable import Actions
@testable import Engine

/// One attempt of one task, run for real outside of a node: its trace arrives at once, line by line.
final class ActionTrial: Sendable {
    struct Failure: Error, CustomStringConvertible { var description: String }

    let context: ActionContext
    /// The trace as it grows; ends with the attempt.
    let lines: AsyncStream<TraceLine>
    private let sink: Sink

    init(outputs: [String: Value] = [:], memo: Value? = nil, blocking: BlockingThreads = BlockingThreads(count: 2)) {
        let sink = Sink()
        lines = sink.lines
        let buffer = TraceBuffer(worker: "worker-1", host: LeapingHost(), onDue: { sink.collect() })
        sink.buffer.withLock { $0 = buffer }
        let task = TaskInstance(
            dagInsId: "run-1", dagId: "dag-1", taskId: "task-1", actionName: "any", status: .running, attempt: 2,
            version: RecordVersion(epoch: 7), worker: "worker-1", history: memo.map { TaskHistory(memo: $0) })
        let trace = Trace(
            buffer: buffer, dagInsId: "run-1", taskId: "task-1", epoch: 7, attempt: 2, now: { Date(timeIntervalSince1970: 0) })
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        context = ActionContext(
            task: task, vars: [:], outputs: TaskOutputs(outputs), shareData: [:], trace: trace,
            surroundings: ActionContext.Surroundings(logger: logger, blocking: blocking))
        self.sink = sink
    }

    var traced: [TraceLine] { sink.all.withLock(\.self) }
    var messages: [String] { traced.map(\.message) }
    var output: Value? { context.result.output.withLock(\.self) }

    /// Runs an action as a node does, by name and with parameters that are not decoded yet.
    func run(_ name: String, _ params: [String: Value], in registry: ActionRegistry) async throws {
        guard let runner = registry.runner(named: name) else { throw Failure(description: "no action '\(name)'") }
        defer { sink.end() }
        try await runner.run(context, params)
    }

    /// Runs `shell`.
    func shell(_ params: [String: Value], traceLimit: Int = 16 << 20) async throws {
        var registry = ActionRegistry()
        try registry.register(ShellAction(traceLimit: traceLimit))
        try await run("shell", params, in: registry)
    }

    /// The reason with which the attempt fails.
    func failure(of body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return "\(error)"
        }
    }
}

/// Takes each chunk of the trace as soon as it holds a line.
private final class Sink: Sendable {
    let all = Mutex<[TraceLine]>([])
    let buffer = Mutex<TraceBuffer?>(nil)
    let lines: AsyncStream<TraceLine>
    private let feed: AsyncStream<TraceLine>.Continuation

    init() { (lines, feed) = AsyncStream.makeStream() }

    func collect() {
        guard let buffer = buffer.withLock(\.self) else { return }
        all.withLock { all in
            let chunks = buffer.take(limit: .max)
            for line in chunks.flatMap(\.lines) {
                all.append(line)
                feed.yield(line)
            }
            buffer.settled(chunks)
            // From here on it wants to be told of the next line.
            _ = buffer.nextDue()
        }
    }

    func end() {
        collect()
        feed.finish()
    }
}

/// A machine on which every chunk is due as soon as it is looked at.
private final class LeapingHost: Engine.Host {
    private let leaps = Mutex(0)
    private let start = ContinuousClock.now

    var now: ContinuousClock.Instant {
        leaps.withLock { leaps in
            leaps += 1
            return start + .seconds(leaps)
        }
    }

    func sleep(until deadline: ContinuousClock.Instant) async throws {}
    func random() -> UInt64 { 4 }
}
