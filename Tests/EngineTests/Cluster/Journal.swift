import Engine
import Foundation
import TestSupport
import Workflow

/// What the actions of a test's nodes did, in order.
struct Journal: Sendable {
    var events: [Event] = []
    /// Tasks whose gate is open: their `wait` returns.
    var open: Set<String> = []

    enum Event: Hashable, Sendable {
        case started(Attempt)
        case ended(Attempt)
        case cancelled(Attempt)
    }

    /// One attempt of a task, and who made it.
    struct Attempt: Hashable, Sendable {
        var task: String
        var worker: String
        var attempt: Int
        var epoch: Int64
        var run: String
    }

    var started: [Attempt] { events.compactMap { if case .started(let attempt) = $0 { attempt } else { nil } } }
    var ended: [Attempt] { events.compactMap { if case .ended(let attempt) = $0 { attempt } else { nil } } }

    func starts(of task: String) -> [Attempt] { started.filter { $0.task == task } }

    /// Where in the journal an event is.
    func index(where isIt: (Event) -> Bool) -> Int? { events.firstIndex(where: isIt) }
}

extension Journal.Attempt {
    init(_ context: ActionContext) {
        self.init(
            task: context.taskId, worker: context.worker, attempt: context.attempt, epoch: context.fencingToken, run: context.dagInsId)
    }
}

/// A shared journal, and the actions that write into it.
struct TestActions: Sendable {
    let journal = Watched(Journal())

    /// Parameters of `echo`: an output, and changes of share data.
    struct Echo: Codable, Sendable {
        var output: String?
        var share: [String: String]?
        var lines: [String]?
    }

    /// Lets the `wait` of a task return, now and in later attempts.
    func open(_ task: String) { journal.change { _ = $0.open.insert(task) } }

    /// Waits until a task has been started this many times.
    func wait(forStartOf task: String, times: Int = 1) async throws {
        try await journal.wait(for: "\(times) starts of \(task)") { $0.starts(of: task).count >= times }
    }

    /// Fails its first attempts, and cleans up before another.
    struct Flaky: RetryBeforeAction {
        static let name = "flaky"
        struct Parameters: Codable, Sendable {
            var times: Int?
            var advice: String?
        }
        let note: @Sendable (ActionContext, String) -> Void

        func run(_ context: ActionContext, _ parameters: Parameters) async throws {
            note(context, "run")
            guard context.attempt <= parameters.times ?? 1 else { return }
            switch parameters.advice {
            case "never": throw ActionError.doNotRetry("hopeless")
            case let seconds? where Double(seconds) != nil:
                throw ActionError.retry(after: .milliseconds(Int((Double(seconds) ?? 0) * 1_000)), "not yet")
            default: throw ActionError("attempt \(context.attempt) failed")
            }
        }

        func retryBefore(_ context: ActionContext, _ parameters: Parameters) async throws { note(context, "retryBefore") }
    }

    /// Has all hooks.
    struct Hooked: BeforeAction, AfterAction {
        static let name = "hooked"
        struct Parameters: Codable, Sendable { var failsAfter: Bool? }
        let note: @Sendable (ActionContext, String) -> Void
        let gate: @Sendable (ActionContext) async throws -> Void

        func runBefore(_ context: ActionContext, _ parameters: Parameters) async throws { note(context, "before") }

        func run(_ context: ActionContext, _ parameters: Parameters) async throws {
            note(context, "run")
            try context.setOutput("done")
            try context.shareData.set("ran", "yes")
        }

        func runAfter(_ context: ActionContext, _ parameters: Parameters) async throws {
            note(context, "after")
            try await gate(context)
            if parameters.failsAfter == true { throw ActionError("after went wrong") }
        }
    }

    /// What `flaky` and `hooked` did, as `task.step`.
    let steps = Watched<[String]>([])

    /// `step` returns at once, `wait` when its gate is open, `fail` throws, `hang` until it is cancelled, `echo` leaves what its parameters say.
    func registry(adding more: [String] = []) throws -> ActionRegistry {
        var registry = ActionRegistry()
        for name in ["step"] + more { try registry.register(name) { context in try await note(context) {} } }
        try registry.register("wait") { context in
            try await note(context) {
                try await journal.wait(for: "the gate of \(context.taskId)", within: .seconds(60)) { $0.open.contains(context.taskId) }
            }
        }
        try registry.register("fail") { context in try await note(context) { throw ActionError("it went wrong") } }
        try registry.register("hang") { context in try await note(context) { try await Task.sleep(for: .seconds(3_600)) } }
        try registry.register("nap") { context in
            // Much longer than two polls of the nodes of tests, so that a busy machine does not find it due at once.
            if context.memo == nil { try context.park(until: context.now.addingTimeInterval(3), memo: "asleep") }
        }
        try registry.register("echo", parameters: Echo.self) { context, parameters in
            try await note(context) {
                for line in parameters.lines ?? [] { await context.trace(line) }
                for (key, value) in parameters.share ?? [:] { try context.shareData.set(key, value) }
                if let output = parameters.output { try context.setOutput(output) }
            }
        }
        let steps = steps
        let log: @Sendable (ActionContext, String) -> Void = { context, step in
            steps.change { $0.append("\(context.taskId).\(context.attempt).\(step)") }
        }
        try registry.register(Flaky(note: log))
        try registry.register(
            Hooked(
                note: log,
                gate: { context in
                    guard context.taskId.hasPrefix("gated") else { return }
                    try await journal.wait(for: "the gate of \(context.taskId)", within: .seconds(60)) { $0.open.contains(context.taskId) }
                }))
        return registry
    }

    private func note(_ context: ActionContext, _ body: () async throws -> Void) async throws {
        let attempt = Journal.Attempt(context)
        journal.change { $0.events.append(.started(attempt)) }
        do {
            try await body()
            journal.change { $0.events.append(.ended(attempt)) }
        } catch {
            journal.change { $0.events.append(Task.isCancelled ? .cancelled(attempt) : .ended(attempt)) }
            throw error
        }
    }
}
