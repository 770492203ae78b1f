import KisFlow
import Synchronization
import Testing

/// Rows that cannot be used.
@Suite("Error rows")
struct ErrorRowTests {
    struct Odd: Error, CustomStringConvertible {
        let number: Int
        var description: String { "\(number) is odd" }
    }

    /// A flow whose only function refuses odd numbers.
    private func flow(_ definition: FunctionDefinition, letters: Notes<String>? = nil) throws -> Flow {
        var test = TestFlow()
        if let letters {
            try test.registry.connector(named: "letters") { _ in NotesConnector(saved: letters) }
            test.connector(ConnectorDefinition(name: "letters", type: "notes"))
        }
        try test.map(definition) { (row: Int, context: FlowContext) -> Int? in
            if row % 2 == 1 { throw Odd(number: row) }
            return row * 10
        }
        return try test.flow()
    }

    @Test("on_error skip: rows for which the function throws are left out and counted, the others go on")
    func skip() async throws {
        let result = try await flow(FunctionDefinition(name: "even", mode: .calculate, onError: .skip)).run([1, 2, 3, 4])
        #expect(try result.rows(as: Int.self) == [20, 40])
        let report = result.functions[0]
        #expect(report.failed == 2 && report.rowsIn == 4 && report.rowsOut == 2)
        #expect(report.reasons == ["1 is odd": 1, "3 is odd": 1])
        #expect(report.examples.map(\.index) == [0, 2] && report.examples.map(\.excerpt) == ["1", "3"])
    }

    @Test("on_error fail: the first such row fails the run, with its number, its reason and its text")
    func fail() async throws {
        let flow = try flow(FunctionDefinition(name: "even", mode: .calculate))
        let error = try await flowError { _ = try await flow.run([2, 4, 5, 7]) }
        #expect(error.kind == .badRow && error.row?.index == 2)
        #expect(error.description == "flow test, function even: row 2: 5 is odd, in 5")
    }

    @Test("rows that a function reports are tried again in calls of their own, and only those that fail each time are left out")
    func retry() async throws {
        let tries = Notes<[Int]>()
        let clock = FlowClock(now: { .zero }, sleep: { _ in })
        var test = TestFlow()
        try test.add(FunctionDefinition(name: "flaky", mode: .calculate, retryTimes: 2, onError: .skip)) {
            (rows: [Int], context: FlowContext) in
            tries.add(rows)
            for (number, row) in rows.enumerated() {
                if row % 2 == 1, context.attempt < row { context.fail(rowAt: number, Odd(number: row)) } else { context.commit(row) }
            }
            return .next
        }
        let result = try await test.flow().run([2, 3, 4, 5, 1], options: RunOptions(clock: clock))
        #expect(tries.all == [[2, 3, 4, 5, 1], [3, 5], [3, 5]])
        #expect(try result.rows(as: Int.self) == [2, 4, 1, 3])
        let report = result.functions[0]
        #expect(report.failed == 1 && report.attempts == 3 && report.reasons == ["5 is odd": 1] && report.examples.map(\.index) == [3])
    }

    @Test("on_error retry: three tries more without retry_times, then the run fails")
    func retryPolicy() async throws {
        let tries = Notes<Int>()
        let clock = FlowClock(now: { .zero }, sleep: { _ in })
        var test = TestFlow()
        try test.add(FunctionDefinition(name: "never", mode: .calculate, onError: .retry)) { (rows: [Int], context: FlowContext) in
            tries.add(context.attempt)
            throw Odd(number: 1)
        }
        let flow = try test.flow()
        let error = try await flowError { _ = try await flow.run([1], options: RunOptions(clock: clock)) }
        #expect(tries.all == [1, 2, 3, 4] && error.description.contains("1 is odd"))
    }

    @Test(
        "a call that throws makes error rows of all its rows where the policy sets them aside; mistakes in the configuration fail the run all the same"
    )
    func wholeBatch() async throws {
        var test = TestFlow()
        try test.add(FunctionDefinition(name: "broken", mode: .calculate, onError: .skip)) { (rows: [Int], context: FlowContext) in
            if rows == [1, 2] { throw Odd(number: 1) }
            if rows == [9] { _ = try context.param("missing") }
            return .dataReuse
        }
        let flow = try test.flow()
        let result = try await flow.run([1, 2])
        #expect(result.functions[0].failed == 2)
        #expect(result.status == .completed && result.rows.isEmpty)
        let error = try await flowError { _ = try await flow.run([9]) }
        #expect(error.kind == .parameter)
    }

    @Test("a Verify function rejects rows by number: they are counted as rejected and do not go on with dataReuse")
    func reject() async throws {
        var test = TestFlow()
        try test.add(FunctionDefinition(name: "verify", mode: .verify, source: .init(must: ["id"]))) {
            (rows: [Score], context: FlowContext) in
            for (number, row) in rows.enumerated() where row.score < 0 { context.reject(rowAt: number, "a negative score") }
            return .dataReuse
        }
        let rows = [#"{"id":1,"score":1}"#, #"{"score":2}"#, #"{"id":3,"score":-1}"#, #"{"id":4,"score":4}"#]
        let result = try await test.flow().run(rows)
        #expect(try result.rows(as: Score.self).map(\.id) == [1, 4])
        #expect(result.functions[0].rejected == 2)
        #expect(result.functions[0].reasons == ["field id: missing": 1, "a negative score": 1])
        #expect(result.functions[0].examples.map(\.index).sorted() == [1, 2])
    }

    @Test("a report about a row that is not there is an error of the function")
    func wrongNumber() async throws {
        var test = TestFlow()
        try test.add(FunctionDefinition(name: "odd", mode: .calculate, onError: .skip)) { (rows: [Int], context: FlowContext) in
            context.fail(rowAt: 7, Odd(number: 7))
            return .next
        }
        let flow = try test.flow()
        let error = try await flowError { _ = try await flow.run([1]) }
        #expect(error.description.contains("reported row 7 of 1 rows"))
    }

    @Test("dead letters keep row, error, function and attempt, of rows that do not decode too, and can be fed back in where they fell out")
    func deadLetters() async throws {
        let letters = Notes<String>()
        let isMended = Mutex(false)
        let firstCalls = Notes<Int>()
        var test = TestFlow()
        try test.registry.connector(named: "letters") { _ in NotesConnector(saved: letters) }
        test.connector(ConnectorDefinition(name: "letters", type: "notes"))
        try test.add(FunctionDefinition(name: "first", mode: .verify)) { (rows: [String], context: FlowContext) in
            firstCalls.add(rows.count)
            return .dataReuse
        }
        let second = FunctionDefinition(name: "second", mode: .calculate, retryTimes: 1, onError: .deadLetter("letters"))
        try test.map(second) { (row: Score, context: FlowContext) -> Score? in
            if row.score == 0, !isMended.withLock({ $0 }) { throw Odd(number: row.id) }
            return row
        }
        let flow = try test.flow()
        let clock = FlowClock(now: { .zero }, sleep: { _ in }, timestamp: { 42 })
        let rows = [#"{"id":1,"score":1}"#, #"{"id":"x"}"#, #"{"id":3,"score":0}"#, "no json"]
        let result = try await flow.run(rows, options: RunOptions(id: "run-1", clock: clock))
        #expect(try result.rows(as: Score.self).map(\.id) == [1] && result.functions[1].failed == 3)
        let kept = try FlowRows(letters.all).values(as: DeadLetter.self)
        #expect(kept.map(\.row) == [.object(["id": .string("x")]), .string("no json"), .object(["id": .int(3), "score": .int(0)])])
        #expect(kept.map(\.attempt) == [1, 1, 2] && kept.map(\.step) == [1, 1, 1] && kept.allSatisfy { $0.function == "second" })
        #expect(kept.map(\.field) == ["id", nil, nil] && kept[2].error == "3 is odd" && kept[0].time == 42 && kept[0].run == "run-1")

        isMended.withLock { $0 = true }
        let again = try await flow.rerun([kept[2]], options: RunOptions(clock: clock))
        #expect(again.count == 1 && firstCalls.all == [4])
        #expect(try again[0].rows(as: Score.self) == [Score(id: 3, score: 0)])
        let stranger = DeadLetter(flow: "other", run: "r", function: "f", step: 0, attempt: 1, row: .null, error: "", time: 0)
        let error = try await flowError { _ = try await flow.rerun([stranger]) }
        #expect(error.kind == .parameter)
    }

    @Test("max_error_ratio fails the run at its end, and in a stream as soon as a thousand rows say so")
    func ratio() async throws {
        let definition = FunctionDefinition(name: "even", mode: .calculate, onError: .skip, maxErrorRatio: 0.25)
        let flow = try flow(definition)
        #expect(try await flow.run([1, 2, 4, 6]).status == .completed)
        let error = try await flowError { _ = try await flow.run([1, 3, 4, 6]) }
        #expect(error.kind == .errorRatio && error.description.contains("2 of 4 rows are error rows"))
        let numbers = StreamTests.Numbers(count: 1_000_000)
        let early = try await flowError {
            _ = try await flow.run(stream: numbers, StreamOptions(batch: BatchPolicy(maxRows: 100)))
        }
        #expect(early.kind == .errorRatio && numbers.made.count == 1_000)
    }
}
