public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A run of a DAG in a unit test: in memory, with a clock that only the test moves, and with closures in place of actions. Nothing sleeps, and the same test gives the same result each time.
///
/// ```swift
/// var run = try TestRun(dag, vars: ["day": "monday"])
/// run.replace("http") { call in
///     if call.attempt == 1 { throw TestFailure("503") }
///     return TaskOutcome(.success, output: .string("ok"))
/// }
/// let result = try await run.finish()
/// #expect(result.status == .success)
/// #expect(result.attempts("fetch") == 2)
/// ```
///
/// An action that nothing stands in for succeeds at once, without an output. Attempts are carried out one at a time, in the order in which they may start.
public struct TestRun: Sendable {
    public typealias Body = @Sendable (TestCall) async throws -> TaskOutcome

    /// The virtual time.
    public private(set) var now: Date
    let dag: Dag
    var bodies: [String: Body] = [:]
    var machine: InstanceMachine?
    var instance: DagInstance
    var documents: [String: TaskInstance] = [:]
    var events: [InstanceMachine.Event] = []
    var starts: [(number: Int, task: TaskInstance)] = []
    var alarms: [(due: Date, alarm: InstanceMachine.Alarm)] = []
    var order: [String] = []
    var records: [CommandRecord] = []
    var commandCount = 0

    /// - Parameter now: when the virtual clock begins.
    /// - Throws: `TaskGraphError` if the definition is not a graph, `VarError` for variables that the definition does not take.
    public init(_ dag: Dag, vars: [String: String] = [:], now: Date = Date(timeIntervalSince1970: 0)) throws {
        self.dag = dag
        self.now = now
        let defaults = dag.vars.compactMapValues(\.defaultValue)
        instance = DagInstance(
            id: "test-run", dagId: dag.id, dagVersion: "test", vars: defaults.merging(vars) { _, given in given }, createdAt: now)
        _ = try TaskGraph(dag)
        try take()
    }

    /// Lets a closure stand in for an action, by the action's name, or for one task (or one item of a fan-out, `load[3]`), by its id; the closest wins. A thrown error fails the attempt.
    public mutating func replace(_ name: String, with body: @escaping Body) { bodies[name] = body }

    /// Runs until the run is over, blocked or paused, moving the clock over every wait.
    /// - Throws: `TestFailure` where it does not come to an end within 100,000 steps.
    public mutating func finish() async throws -> TestResult {
        for _ in 0..<100_000 {
            try await settle()
            guard let next = nextTime else { return result }
            now = max(now, next)
            try ring()
        }
        throw TestFailure("the run does not come to an end")
    }

    /// Lets time pass: what is due in it happens at its time.
    public mutating func advance(by duration: Duration) async throws -> TestResult {
        let end = now.addingTimeInterval(Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18)
        try await settle()
        while let next = nextTime, next <= end {
            now = max(now, next)
            try ring()
            try await settle()
        }
        now = end
        return result
    }

    // MARK: Commands

    /// Gives a command, and does all that follows from it at once. What became of it is in `result.commands`.
    public mutating func tell(_ kind: Command.Kind, _ tasks: [String] = [], reason: String = "") async throws -> TestResult {
        commandCount += 1
        let command = Command(
            id: "command-\(commandCount)", run: instance.id, kind: kind, tasks: tasks, author: Author(by: "test", reason: reason, at: now))
        if machine == nil {
            var control = instance.control ?? RunControl()
            control.commands.append(command)
            instance.control = control
            try take()
        } else {
            events.append(.command(command))
        }
        try await settle()
        return result
    }

    /// Blocked tasks go on: those, or all.
    public mutating func `continue`(_ tasks: String...) async throws -> TestResult { try await tell(.continue, tasks) }

    /// Failed and canceled tasks run again: those, or all.
    public mutating func retry(_ tasks: String...) async throws -> TestResult { try await tell(.retry, tasks) }

    /// The run, or some tasks of it, are canceled.
    public mutating func cancel(_ tasks: String...) async throws -> TestResult { try await tell(.cancel, tasks) }

    /// How the run stands now.
    public var result: TestResult {
        TestResult(
            status: instance.status, reason: instance.reason, order: order, shareData: machine?.shareData ?? instance.shareData,
            commands: records, documents: documents)
    }
}

/// What a closure throws to fail its attempt with a sentence, and what `TestRun` throws.
public struct TestFailure: Error, CustomStringConvertible {
    public var description: String
    /// What the action says about another attempt.
    public var advice: TaskOutcome.RetryAdvice?

    public init(_ description: String, advice: TaskOutcome.RetryAdvice? = nil) {
        self.description = description
        self.advice = advice
    }
}
