import Foundation
import KisFlow
import Synchronization
import Testing
import Workflow

@testable import Actions
@testable import Engine

@Suite("print and wait")
struct PrintAndWaitTests {
    /// Time passes at once; what was asked for is kept.
    private final class InstantClock: Clock {
        typealias Instant = ContinuousClock.Instant
        let asked = Mutex<[Duration]>([])
        let now = ContinuousClock.now
        let minimumResolution = Duration.nanoseconds(1)

        func sleep(until deadline: Instant, tolerance: Duration?) async throws {
            asked.withLock { $0.append(now.duration(to: deadline)) }
        }
    }

    private func registry(clock: any Clock<Duration> = ContinuousClock()) throws -> ActionRegistry {
        var registry = ActionRegistry()
        try registry.register(PrintAction())
        try registry.register(WaitAction(clock: clock), aliases: WaitAction.aliases)
        return registry
    }

    @Test("the built-in actions have their names, fastflow's included")
    func names() throws {
        var registry = ActionRegistry()
        try BuiltInActions.register(into: &registry, flows: FlowCatalog(FlowConfiguration(), registry: FlowRegistry()))
        #expect(registry.names == ["approve", "dag", "ff-waiting", "http", "kisflow", "print", "shell", "wait"])
        #expect(BuiltInActions.names == Set(registry.names))
    }

    @Test("print writes the message and leaves it")
    func message() async throws {
        let trial = ActionTrial()
        try await trial.run("print", ["message": "hello\nworld"], in: registry())
        #expect(trial.messages == ["hello", "world"])
        #expect(trial.output == "hello\nworld")
    }

    @Test("print writes all parameters, the message first")
    func parameters() async throws {
        let trial = ActionTrial()
        try await trial.run("print", ["b": 2, "a": ["x": [1, true]], "message": "m"], in: registry())
        #expect(trial.messages == ["m", #"a: {"x":[1,true]}"#, "b: 2"])
    }

    @Test("print without anything fails")
    func nothing() async throws {
        let registry = try registry()
        let reason = await ActionTrial().failure { try await ActionTrial().run("print", [:], in: registry) }
        #expect(reason?.contains("message") == true)
    }

    @Test(
        "times are read",
        arguments: [
            ("1h", Duration.seconds(3600)), ("90s", .seconds(90)), ("1m30s", .seconds(90)), ("250ms", .milliseconds(250)),
            ("2d", .seconds(172_800)),
            ("1.5h", .seconds(5400)), ("5", .seconds(5)), ("1h 5ms", .milliseconds(3_600_005)), ("0s", .zero),
            ("3650d", .seconds(3650 * 86_400)),
        ])
    func times(text: String, expected: Duration) throws {
        #expect(try Duration(text, parameter: "p") == expected)
    }

    @Test(
        "anything else is refused with the text and what would be right",
        arguments: [
            "", " ", "h", "1x", "-1s", "1h-5m", "1..5s", ".5s", "5.s", "1 hour", "٣s", "1H", "s5", "999999999999999999999d", "1ms5",
        ])
    func wrongTimes(text: String) {
        #expect {
            try Duration(text, parameter: "params.duration")
        } throws: { error in
            "\(error)".hasPrefix("params.duration: '\(text.prefix(40))' is not a time") && "\(error)".contains("1h30m")
        }
    }

    @Test(
        "times too long to mean anything are refused",
        arguments: ["3651d", "999999999999999999d", "999999999999999999d999999999999999999d"])
    func longTimes(text: String) {
        #expect {
            try Duration(text, parameter: "p")
        } throws: {
            "\($0)".contains("3650 days")
        }
    }

    @Test("wait waits as long as it is told", arguments: [("wait", "duration"), ("wait", "waitingTime"), ("ff-waiting", "waitingTime")])
    func waits(action: String, parameter: String) async throws {
        let clock = InstantClock()
        try await ActionTrial().run(action, [parameter: "250ms"], in: registry(clock: clock))
        #expect(clock.asked.withLock(\.self) == [.milliseconds(250)])
    }

    @Test("a wait of a second or more gives its place up until its time, and is over when it is called again then")
    func parks() async throws {
        let registry = try registry()
        let trial = ActionTrial()
        let pause = await #expect(throws: ActionPause.self) { try await trial.run("wait", ["duration": "1h30m"], in: registry) }
        guard case .parked(let until)? = pause?.outcome.result, let memo = pause?.outcome.memo else {
            return #expect(Bool(false), "no wait")
        }
        #expect(abs(until.timeIntervalSince1970 - trial.context.now.timeIntervalSince1970 - 5_400) < 60)
        let early = ActionTrial(memo: memo)
        await #expect(throws: ActionPause.self) { try await early.run("wait", ["duration": "1h30m"], in: registry) }
        let late = ActionTrial(memo: .string("1000.0"))
        try await late.run("wait", ["duration": "1h30m"], in: registry)
    }

    @Test("wait needs exactly one time")
    func oneTime() async throws {
        let registry = try registry()
        let trial = ActionTrial()
        #expect(await trial.failure { try await trial.run("wait", [:], in: registry) }?.contains("is missing") == true)
        #expect(
            await trial.failure { try await trial.run("wait", ["duration": "1s", "waitingTime": "1s"], in: registry) }?.contains(
                "give one of")
                == true)
        #expect(
            await trial.failure { try await trial.run("wait", ["duratoin": "1s"], in: registry) }?.contains("did you mean 'duration'")
                == true)
    }

    @Test("a cancelled wait ends at once", .timeLimit(.minutes(1)))
    func cancelled() async throws {
        let trial = ActionTrial()
        let registry = try registry()
        let work = Task { try await trial.run("wait", ["duration": "999ms"], in: registry) }
        for await line in trial.lines where line.message.hasPrefix("waiting") { break }
        work.cancel()
        await #expect(throws: CancellationError.self) { try await work.value }
    }
}
