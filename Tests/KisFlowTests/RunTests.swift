import Foundation
import KisFlow
import Synchronization
import Testing

@Suite("Runs of a flow")
struct RunTests {
    struct Broken: Error {}

    @Test("one flow runs many times at once, each run with its own rows, cache and counters")
    func concurrentRuns() async throws {
        var test = TestFlow()
        try test.add("mark") { (rows: [Int], context: FlowContext) in
            context.cache.set("mark", rows[0])
            context.commit(contentsOf: rows)
            await Task.yield()
            return .next
        }
        try test.add("check") { (rows: [Int], context: FlowContext) in
            #expect(context.cache.value("mark", as: Int.self) == rows[0])
            context.count("rows", rows.count)
            return .dataReuse
        }
        let flow = try test.flow()
        let counts = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let result = try await flow.run(rows: Array(repeating: number, count: number % 7 + 1))
                    return try result.counters == ["rows": number % 7 + 1] && Set(result.rows(as: Int.self)) == [number]
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(counts == 200)
    }

    @Test("the same function may stand in a flow more than once, with other params at each place")
    func sameFunctionTwice() async throws {
        var test = TestFlow()
        try test.add(FunctionDefinition(name: "add", mode: .calculate, defaultParams: ["by": "1", "sign": "+"])) {
            (rows: [Int], context: FlowContext) in
            let by = try Int(context.param("by")) ?? 0
            let sign = try context.param("sign") == "-" ? -1 : 1
            context.commit(contentsOf: rows.map { $0 + sign * by })
            return .next
        }
        test.use("add", params: ["by": "10"])
        test.use("add", params: ["by": "100", "sign": "-"])
        let flow = try test.flow()
        #expect(try await flow.run(rows: [0]).rows(as: Int.self) == [-89])
        #expect(try await flow.run(rows: [0], params: ["sign": "-"]).rows(as: Int.self) == [-111])
        #expect(try await flow.run(rows: [0]).functions.map(\.step) == [0, 1, 2])
    }

    @Test("rows committed before an error do not reach the next run, nor the next try")
    func noLeaks() async throws {
        let notes = Notes<Int>()
        let clock = FlowClock(now: { .zero }, sleep: { _ in notes.add(1) })
        var test = TestFlow()
        try test.add(FunctionDefinition(name: "flaky", mode: .calculate, retryTimes: 2, retryDuration: 50)) {
            [notes] (rows: [Int], context: FlowContext) in
            context.commit(contentsOf: rows)
            context.count("committed", rows.count)
            if notes.all.count < 2 { throw Broken() }
            return .next
        }
        let result = try await test.flow().run(rows: [1, 2], clock: clock)
        #expect(try result.rows(as: Int.self) == [1, 2])
        #expect(result.functions[0].attempts == 3)
        #expect(result.counters == ["committed": 2])
    }

    @Test("retry_times bounds the tries and retry_duration is the pause between them")
    func retries() async throws {
        let pauses = Notes<Duration>()
        let events = Notes<String>()
        let clock = FlowClock(now: { .zero }, sleep: { pauses.add($0) })
        var test = TestFlow()
        try test.add(FunctionDefinition(name: "broken", mode: .calculate, retryTimes: 3, retryDuration: 250)) {
            (rows: [Int], context: FlowContext) in throw Broken()
        }
        let flow = try test.flow()
        let error = try await flowError { _ = try await flow.run(rows: [1], clock: clock, observer: { events.add("\($0)") }) }
        #expect(error.kind == .functionFailed)
        #expect(error.underlying is Broken)
        #expect(error.function == "broken")
        #expect(pauses.all == Array(repeating: .milliseconds(250), count: 3))
        #expect(events.all.last == "broken is tried again (attempt 4): Broken()")
    }

    @Test("a function that asks for a parameter that is missing fails with its name, and is not tried again")
    func missingParameter() async throws {
        let clock = FlowClock(now: { .zero }, sleep: { _ in Issue.record("it waited") })
        var test = TestFlow()
        try test.add(FunctionDefinition(name: "ask", mode: .expand, retryTimes: 5)) { (rows: [Int], context: FlowContext) in
            _ = try context.param("origin")
            return .next
        }
        let flow = try test.flow()
        let error = try await flowError { _ = try await flow.run(rows: [1], clock: clock) }
        #expect(error.kind == .parameter)
        #expect(error.description.hasPrefix(#"flow test, function ask: parameter "origin" is missing"#))
    }

    @Test("a cancelled run stops before the next function")
    func cancellation() async throws {
        var test = TestFlow()
        try test.add("cancels") { (rows: [Int], context: FlowContext) in
            withUnsafeCurrentTask { $0?.cancel() }
            return .dataReuse
        }
        try test.add("never") { (rows: [Int], context: FlowContext) in
            Issue.record("it ran")
            return .next
        }
        let flow = try test.flow()
        let task = Task { try await flow.run(rows: [1]) }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("a cancelled run is not tried again")
    func cancellationInRetry() async throws {
        let calls = Notes<Int>()
        var test = TestFlow()
        try test.add(FunctionDefinition(name: "cancelled", mode: .expand, retryTimes: 100)) { (rows: [Int], context: FlowContext) in
            calls.add(1)
            withUnsafeCurrentTask { $0?.cancel() }
            try Task.checkCancellation()
            return .next
        }
        let flow = try test.flow()
        let task = Task { try await flow.run(rows: [1]) }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(calls.all.count == 1)
    }

    @Test("cached values expire after their lifetime, and have the type they were set with")
    func cache() async throws {
        let time = Mutex(Duration.zero)
        let clock = FlowClock(now: { time.withLock { $0 } }, sleep: { _ in })
        var test = TestFlow()
        try test.add("cache") { (rows: [Int], context: FlowContext) in
            context.cache.set("short", "a", lifetime: .seconds(10))
            context.cache.set("long", "b")
            #expect(context.cache.value("short", as: String.self) == "a")
            #expect(context.cache.value("short", as: Int.self) == nil)
            time.withLock { $0 = .seconds(10) }
            #expect(context.cache.value("short", as: String.self) == nil)
            #expect(context.cache.value("long", as: String.self) == "b")
            return .next
        }
        _ = try await test.flow().run(rows: [1], clock: clock)
    }

    @Test("the observer sees functions start and finish in order, and what they say")
    func observer() async throws {
        let events = Notes<String>()
        var test = TestFlow()
        try test.add("talk") { (rows: [Int], context: FlowContext) in
            context.trace("hello")
            context.count("greetings")
            return .dataReuse
        }
        let clock = FlowClock(now: { .zero }, sleep: { _ in })
        _ = try await test.flow().run(rows: [1, 2], clock: clock, observer: { events.add("\($0)") })
        #expect(
            events.all == [
                "talk (Expand) starts with 2 rows", "talk: hello", "talk (Expand): 2 rows in, 2 out, greetings 1, 0 ms",
            ])
    }

    @Test("the summary of a result goes through JSON and back")
    func summary() async throws {
        var test = TestFlow()
        try test.add("count") { (rows: [Int], context: FlowContext) in
            context.count("missingAirports", 4)
            return .dataReuse
        }
        let summary = try await test.flow().run(rows: [1], id: "run-1").summary
        #expect(summary.run == "run-1" && summary.rows == 1 && summary.counters == ["missingAirports": 4])
        #expect(try JSONDecoder().decode(FlowSummary.self, from: JSONEncoder().encode(summary)) == summary)
    }

    @Test("a function that ignores its rows never has them converted")
    func ignoringRows() async throws {
        var registry = FlowRegistry()
        try registry.function("pass") { context in
            context.count("rows", context.rowCount)
            return .dataReuse
        }
        let configuration = try FlowConfiguration(
            flows: [FlowDefinition(name: "f", steps: [.init("pass")])], functions: [FunctionDefinition(name: "pass", mode: .expand)])
        let result = try await FlowCatalog(configuration, registry: registry).flow("f").run(rows: ["no json"])
        #expect(result.counters == ["rows": 1])
        #expect(try result.rows(as: String.self) == ["no json"])
    }
}
