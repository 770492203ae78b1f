import KisFlow
import Testing

@Suite("Flow actions")
struct ActionTests {
    @Test("next passes on what was committed, in order")
    func next() async throws {
        var test = TestFlow()
        try test.add("double") { (rows: [Int], context: FlowContext) in
            for row in rows { context.commit(row * 2) }
            return .next
        }
        try test.add("sum") { (rows: [Int], context: FlowContext) in
            context.commit(rows.reduce(0, +))
            return .next
        }
        let result = try await test.flow().run(rows: [1, 2, 3])
        #expect(result.status == .completed)
        #expect(try result.rows(as: Int.self) == [12])
        #expect(result.functions.map(\.rowsIn) == [3, 3])
        #expect(result.functions.map(\.rowsOut) == [3, 1])
    }

    @Test("a function without result ends the flow, and the result says where and why")
    func emptyResult() async throws {
        var test = TestFlow()
        try test.add("silent") { (rows: [Int], context: FlowContext) in .next }
        try test.add("never") { (rows: [Int], context: FlowContext) in .abort }
        let result = try await test.flow().run(rows: [1])
        #expect(result.status == .endedEarly(at: "silent", reason: "silent gave no rows for the 1 that came in"))
        #expect(result.functions.map(\.name) == ["silent"])
        #expect(result.summary.status == "ended-early")
        #expect(result.summary.endedAt == "silent")
    }

    @Test("the last function may give no rows: the flow is complete")
    func emptyEnd() async throws {
        var test = TestFlow()
        try test.add("silent") { (rows: [Int], context: FlowContext) in .next }
        #expect(try await test.flow().run(rows: [1]).status == .completed)
    }

    @Test("dataReuse passes on what came in, not what was committed")
    func dataReuse() async throws {
        var test = TestFlow()
        try test.add("look") { (rows: [Int], context: FlowContext) in
            context.commit("dropped")
            return .dataReuse
        }
        try test.add("take") { (rows: [Int], context: FlowContext) in
            context.commit(contentsOf: rows)
            return .next
        }
        #expect(try await test.flow().run(rows: [1, 2]).rows(as: Int.self) == [1, 2])
    }

    @Test("forceEntryNext goes on without rows and keeps rows that are there", arguments: [0, 2])
    func forceEntryNext(rows count: Int) async throws {
        var test = TestFlow()
        try test.add("some") { (rows: [Int], context: FlowContext) in
            context.commit(contentsOf: Array(repeating: 7, count: count))
            return .forceEntryNext
        }
        try test.add("after") { (rows: [Int], context: FlowContext) in
            context.commit(rows)
            return .next
        }
        let result = try await test.flow().run(rows: [1])
        #expect(try result.rows(as: [Int].self) == [Array(repeating: 7, count: count)])
    }

    @Test("abort ends the flow after the function, also together with a jump, and keeps its rows")
    func abort() async throws {
        var test = TestFlow()
        try test.add("stop") { (rows: [Int], context: FlowContext) in
            context.commit(9)
            return [.jump(to: "never"), .abort]
        }
        try test.add("never") { (rows: [Int], context: FlowContext) in .next }
        let result = try await test.flow().run(rows: [1])
        #expect(result.status == .aborted(at: "stop"))
        #expect(try result.rows(as: Int.self) == [9])
        #expect(result.functions.count == 1)
    }

    @Test("a jump back gives the function what the one before it gave, and reports count every call")
    func jumpBack() async throws {
        var test = TestFlow()
        try test.add("first") { (rows: [Int], context: FlowContext) in
            context.commit(contentsOf: rows.map { $0 + 1 })
            return .next
        }
        try test.add("again") { (rows: [Int], context: FlowContext) in
            #expect(rows == [11])
            let calls = (context.cache.value("calls", as: Int.self) ?? 0) + 1
            context.cache.set("calls", calls)
            return calls < 3 ? .jump(to: "again") : .dataReuse
        }
        let result = try await test.flow().run(rows: [10])
        #expect(result.status == .completed)
        #expect(result.functions.map(\.calls) == [1, 3])
        #expect(result.functions[1].rowsIn == 3)
    }

    @Test("a jump forward passes on the rows of the function that jumped")
    func jumpForward() async throws {
        var test = TestFlow()
        try test.add("start") { (rows: [Int], context: FlowContext) in
            context.commit(5)
            return .jump(to: "end")
        }
        try test.add("skipped") { (rows: [Int], context: FlowContext) in .next }
        try test.add("end") { (rows: [Int], context: FlowContext) in .dataReuse }
        let result = try await test.flow().run(rows: [1])
        #expect(try result.rows(as: Int.self) == [5])
        #expect(result.functions.map(\.name) == ["start", "end"])
    }

    @Test("a loop of jumps ends at the limit with an error")
    func jumpLimit() async throws {
        var test = TestFlow()
        try test.add("loop") { (rows: [Int], context: FlowContext) in .jump(to: "loop") }
        let flow = try test.flow()
        let error = try await flowError { _ = try await flow.run(rows: [1], maximumJumps: 10) }
        #expect(error.kind == .jumpLimit)
        #expect(error.description.contains("more than 10 jumps"))
    }

    @Test("a jump to a name that the flow does not have names it and the nearest one")
    func unknownTarget() async throws {
        var test = TestFlow()
        try test.add("first") { (rows: [Int], context: FlowContext) in .jump(to: "secnd") }
        try test.add("second") { (rows: [Int], context: FlowContext) in .next }
        let flow = try test.flow()
        let error = try await flowError { _ = try await flow.run(rows: [1]) }
        #expect(error.kind == .unknownJumpTarget)
        #expect(error.description == #"flow test, function first: jump to "secnd", which is not in the flow, did you mean "second"?"#)
    }

    @Test("a disabled flow runs nothing and says so")
    func disabled() async throws {
        var test = TestFlow(isEnabled: false)
        try test.add("never") { (rows: [Int], context: FlowContext) in
            Issue.record("it ran")
            return .next
        }
        let result = try await test.flow().run(rows: [1])
        #expect(result.status == .disabled)
        #expect(result.summary.status == "disabled")
        #expect(result.functions.isEmpty)
    }

    @Test("actions combine, whatever their order")
    func combinations() {
        let one: FlowAction = [.dataReuse, .forceEntryNext, .jump(to: "x")]
        let other: FlowAction = [.jump(to: "x"), .dataReuse, .forceEntryNext]
        #expect(one == other)
        #expect(one.reusesData && one.forcesEntry && !one.aborts && one.jumpTarget == "x")
        #expect(FlowAction.next == [])
    }
}
