import KisFlow
import Synchronization
import Testing

/// What is wrong in the pipeline library that this one is modelled on, and must not be wrong here; the numbers are those of docs/guarantees.md.
@Suite("KisFlow regressions")
struct KisflowRegressionTests {
    struct Broken: Error {}

    @Test("KisFlow 1: retry_times and retry_duration of a definition in YAML are used")
    func retry() async throws {
        let (tries, pauses) = (Notes<Int>(), Notes<Duration>())
        var registry = FlowRegistry()
        try registry.function("flaky") { (rows: [Int], context: FlowContext) in
            tries.add(context.attempt)
            if tries.all.count < 3 { throw Broken() }
            return .dataReuse
        }
        let configuration = try FlowConfiguration.parse([
            "flow.yml": "kistype: flow\nstatus: 1\nflow_name: f\nflows: [{fname: flaky}]\n",
            "function.yml": "kistype: func\nfname: flaky\nfmode: Calculate\noption: {retry_times: 2, return_duration: 30}\n",
        ])
        let clock = FlowClock(now: { .zero }, sleep: { pauses.add($0) })
        let result = try await FlowCatalog(configuration, registry: registry).flow("f").run(rows: [1], clock: clock)
        #expect(result.status == .completed)
        #expect(tries.all == [1, 2, 3])
        #expect(pauses.all == [.milliseconds(30), .milliseconds(30)])
    }

    @Test(
        "KisFlow 2: a row that does not decode never becomes an empty value: it is an error, or left out and counted",
        arguments: [ErrorRowPolicy.fail, .retry, .skip])
    func decoding(policy: ErrorRowPolicy) async throws {
        let seen = Notes<Score>()
        var test = TestFlow()
        try test.add(FunctionDefinition(name: "take", mode: .calculate, onError: policy)) { (rows: [Score], context: FlowContext) in
            for row in rows { seen.add(row) }
            return .dataReuse
        }
        let flow = try test.flow()
        let rows = [#"{"id":1,"score":2}"#, #"{"id":"one"}"#]
        switch policy {
        case .fail, .retry:
            let error = try await flowError { _ = try await flow.run(rows: rows) }
            #expect(error.kind == .badRow && error.row?.index == 1)
            #expect(seen.all.isEmpty)
        case .skip, .deadLetter:
            let report = try await flow.run(rows: rows).functions[0]
            #expect(report.failed == 1 && report.examples.map(\.index) == [1])
            #expect(seen.all == [Score(id: 1, score: 2)])
        }
    }

    @Test("KisFlow 3: one bad row does not cost the batch where it may be skipped, and a flow that ends without rows says where and why")
    func badRows() async throws {
        var test = TestFlow()
        let verify = FunctionDefinition(name: "verify", mode: .verify, source: .init(must: ["id"]), onError: .skip)
        try test.add(verify) { (rows: [Score], context: FlowContext) in .dataReuse }
        try test.add("never") { (rows: [Score], context: FlowContext) in .dataReuse }
        let flow = try test.flow()
        let some = try await flow.run(rows: [#"{"id":1,"score":2}"#, #"{"score":2}"#, "no JSON"])
        #expect(some.status == .completed)
        #expect(try some.rows(as: Score.self).map(\.id) == [1])
        let none = try await flow.run(rows: [#"{"score":2}"#])
        #expect(
            none.status
                == .endedEarly(at: "verify", reason: "verify gave no rows for the 1 that came in (left out: 1 × field id: missing)"))
    }

    @Test("KisFlow 4: a flow that is switched off does not look like one that has run")
    func disabled() async throws {
        var test = TestFlow(isEnabled: false)
        try test.add("work") { (rows: [Int], context: FlowContext) in .dataReuse }
        let summary = try await test.flow().run(rows: [1]).summary
        #expect(summary.status == "disabled" && summary.reason?.contains("disabled") == true)
    }

    @Test("KisFlow 5: a loop of jumps ends at the limit that every run has, and at once when it is cancelled")
    func endlessJumps() async throws {
        let calls = Notes<Int>()
        var test = TestFlow()
        try test.add("loop") { (rows: [Int], context: FlowContext) in
            calls.add(1)
            if context.params["cancel"] != nil { withUnsafeCurrentTask { $0?.cancel() } }
            return .jump(to: "loop")
        }
        let flow = try test.flow()
        let error = try await flowError { _ = try await flow.run(rows: [1]) }
        #expect(error.kind == .jumpLimit)
        #expect(calls.all.count == Flow.defaultMaximumJumps + 1)
        let task = Task { try await flow.run(rows: [1], params: ["cancel": "yes"]) }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(calls.all.count == Flow.defaultMaximumJumps + 2)
    }

    @Test("KisFlow 6: rows that are passed on are shared, not copied, and nothing of a run is kept when it is over")
    func memory() async throws {
        var test = TestFlow()
        try test.add("make") { (rows: [Int], context: FlowContext) in
            for row in rows { context.commit(Payload(row)) }
            return .next
        }
        for name in ["one", "two", "three"] { try test.add(name) { (rows: [Payload], context: FlowContext) in .dataReuse } }
        try test.add("count") { (rows: [Payload], context: FlowContext) in
            context.commit(rows.count)
            return .next
        }
        let flow = try test.flow()
        for run in 1...3 {
            let result = try await flow.run(rows: Array(0..<100))
            #expect(try result.rows(as: Int.self) == [100])
            #expect(Payload.numbers.withLock { $0 } == .init(made: run * 100, freed: run * 100))
        }
    }

    @Test("KisFlow 6: however often a function is called, its report stays small")
    func reportBound() async throws {
        var test = TestFlow()
        try test.add("make") { (rows: [Int], context: FlowContext) in
            let round = (context.cache.value("round", as: Int.self) ?? 0) + 1
            context.cache.set("round", round)
            for number in 0..<20 { context.commit(["field-\(round)-\(number)": "x"]) }
            context.commit(["good": "1"])
            return .next
        }
        try test.add(FunctionDefinition(name: "take", mode: .calculate, onError: .skip)) { (rows: [Number], context: FlowContext) in
            context.cache.value("round", as: Int.self) == 50 ? .abort : .jump(to: "make")
        }
        let report = try await test.flow().run(rows: [1]).functions[1]
        #expect(report.calls == 50 && report.failed == 1_000)
        #expect(report.reasons.count <= 21 && report.examples.count <= 5)
        #expect(report.reasons.values.reduce(0, +) == 1_000)
    }

    @Test("KisFlow 7: two registries of one process know nothing of each other, and mistakes are errors, never a crash")
    func registries() async throws {
        struct NoConnection: Error {}
        func registry(_ sum: Int) throws -> FlowRegistry {
            var registry = FlowRegistry()
            try registry.function("add") { (rows: [Int], context: FlowContext) in
                context.commit(contentsOf: rows.map { $0 + sum })
                return .next
            }
            try registry.function("save") { _ in .next }
            try registry.connector(type: "broken") { _ in throw NoConnection() }
            return registry
        }
        let configuration = try FlowConfiguration(
            flows: [FlowDefinition(name: "f", steps: [.init("add")]), FlowDefinition(name: "g", steps: [.init("save")])],
            functions: [
                FunctionDefinition(name: "add", mode: .calculate), FunctionDefinition(name: "save", mode: .save, connector: "c"),
            ],
            connectors: [ConnectorDefinition(name: "c", type: "broken")])
        for sum in [1, 2] {
            let catalog = FlowCatalog(configuration, registry: try registry(sum))
            #expect(try await catalog.flow("f").run(rows: [0]).rows(as: Int.self) == [sum])
            #expect(catalog.unavailable["g"]?.description.contains("did not start: NoConnection()") == true)
        }
        var twice = try registry(1)
        #expect(throws: FlowError.self) { try twice.function("add") { _ in .next } }
    }

    @Test("KisFlow 8: what is counted only grows within a run, and each run begins at nothing")
    func counters() async throws {
        var test = TestFlow()
        try test.add("again") { (rows: [Int], context: FlowContext) in
            let calls = (context.cache.value("calls", as: Int.self) ?? 0) + 1
            context.cache.set("calls", calls)
            context.count("seen", rows.count)
            return calls < 3 ? .jump(to: "again") : .dataReuse
        }
        let flow = try test.flow()
        let seen = Notes<Int>()
        for _ in 0..<2 {
            let result = try await flow.run(rows: [1, 2]) { event in
                if case .functionFinished(let report) = event { seen.add(report.rowsIn) }
            }
            #expect(result.counters == ["seen": 6])
            #expect(result.functions.map(\.rowsIn) == [6] && result.functions.map(\.calls) == [3])
        }
        #expect(seen.all == Array(repeating: 2, count: 6))
    }

    @Test("KisFlow 9: runs of one flow are at work at the same time, and a function may run a flow of the same catalogue")
    func concurrency() async throws {
        let meeting = Meeting(of: 8)
        var registry = FlowRegistry()
        let shared = CatalogReference()
        try registry.function("meet") { (rows: [Int], context: FlowContext) in
            await meeting.arrive()
            guard let inner = try shared.value?.flow("inner") else { return .abort }
            let result = try await inner.run(rows: rows)
            context.commit(contentsOf: try result.rows(as: Int.self))
            return .next
        }
        try registry.function("double") { (rows: [Int], context: FlowContext) in
            context.commit(contentsOf: rows.map { $0 * 2 })
            return .next
        }
        let configuration = try FlowConfiguration(
            flows: [FlowDefinition(name: "outer", steps: [.init("meet")]), FlowDefinition(name: "inner", steps: [.init("double")])],
            functions: ["meet", "double"].map { FunctionDefinition(name: $0, mode: .calculate) })
        shared.value = FlowCatalog(configuration, registry: registry)
        let outer = try #require(try shared.value?.flow("outer"))
        let results = try await withThrowingTaskGroup(of: [Int].self) { group in
            for number in 0..<8 { group.addTask { try await outer.run(rows: [number]).rows(as: Int.self) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(results.sorted() == (0..<8).map { $0 * 2 })
    }

    @Test("KisFlow 10: fields go from one function to the next by their names, and functions are put together anew without compiling")
    func composition() async throws {
        struct Order: Codable, Sendable {
            var id: Int
            var net: Int
        }
        struct Priced: Codable, Sendable {
            var id: Int
            var net: Int
            var gross: Int
        }
        var registry = FlowRegistry()
        try registry.function("price") { (rows: [Order], context: FlowContext) in
            let percent = try Int(context.param("percent")) ?? 0
            context.commit(contentsOf: rows.map { Priced(id: $0.id, net: $0.net, gross: $0.net + $0.net * percent / 100) })
            return .next
        }
        try registry.function("halve") { (rows: [Order], context: FlowContext) in
            context.commit(contentsOf: rows.map { Order(id: $0.id, net: $0.net / 2) })
            return .next
        }
        func gross(_ steps: String) async throws -> [Int] {
            let configuration = try FlowConfiguration.parse([
                "flow.yml": "kistype: flow\nstatus: 1\nflow_name: f\nflows: \(steps)\n",
                "price.yml": "kistype: func\nfname: price\nfmode: Calculate\noption: {default_params: {percent: 10}}\n",
                "halve.yml": "kistype: func\nfname: halve\nfmode: Calculate\n",
            ])
            let result = try await FlowCatalog(configuration, registry: registry).flow("f").run(rows: [Order(id: 1, net: 200)])
            return try result.rows(as: Priced.self).map(\.gross)
        }
        #expect(try await gross("[{fname: price}]") == [220])
        #expect(try await gross("[{fname: halve}, {fname: price, params: {percent: 50}}]") == [150])
        #expect(try await gross("[{fname: price}, {fname: halve}, {fname: price}]") == [110])
    }

    @Test("KisFlow sights: rows committed before an error reach neither the next try nor the next run")
    func leaks() async throws {
        let calls = Notes<Int>()
        var test = TestFlow()
        try test.add("flaky") { (rows: [Int], context: FlowContext) in
            calls.add(1)
            context.commit(contentsOf: rows)
            if calls.all.count == 1 { throw Broken() }
            return .next
        }
        let flow = try test.flow()
        _ = try await flowError { _ = try await flow.run(rows: [1]) }
        #expect(try await flow.run(rows: [2]).rows(as: Int.self) == [2])
    }

    @Test("KisFlow sights: forceEntryNext after rows keeps the rows")
    func forcedEntry() async throws {
        var test = TestFlow()
        try test.add("some") { (rows: [Int], context: FlowContext) in
            context.commit(contentsOf: rows)
            return .forceEntryNext
        }
        try test.add("after") { (rows: [Int], context: FlowContext) in .dataReuse }
        #expect(try await test.flow().run(rows: [1, 2]).rows(as: Int.self) == [1, 2])
    }

    @Test("KisFlow sights: rows that have the type which the next function takes never go through JSON")
    func noJSON() async throws {
        struct Opaque: Codable, Sendable {
            var id = 1
            init() {}
            init(from decoder: any Decoder) throws { throw Broken() }
            func encode(to encoder: any Encoder) throws { throw Broken() }
        }
        var test = TestFlow()
        for name in ["one", "two", "three"] {
            try test.add(name) { (rows: [Opaque], context: FlowContext) in
                context.commit(contentsOf: rows)
                return .next
            }
        }
        #expect(try await test.flow().run(rows: [Opaque(), Opaque()]).rows(as: Opaque.self).count == 2)
    }
}

/// A row of a field that most rows of its test lack.
private struct Number: Codable, Sendable {
    var good: String
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer().decode([String: String].self)
        guard let good = container["good"] else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "no good but \(container.keys.sorted())"))
        }
        self.good = good
    }
}

/// A row that knows how many of its kind there are.
private final class Payload: Codable, Sendable {
    struct Numbers: Equatable {
        var made = 0
        var freed = 0
    }

    static let numbers = Mutex(Numbers())
    let id: Int

    init(_ id: Int) {
        self.id = id
        Self.numbers.withLock { $0.made += 1 }
    }

    init(from decoder: any Decoder) throws {
        id = try decoder.singleValueContainer().decode(Int.self)
        Self.numbers.withLock { $0.made += 1 }
    }

    deinit { Self.numbers.withLock { $0.freed += 1 } }
}

/// A catalogue that is there only after the functions that ask for it.
private final class CatalogReference: Sendable {
    private let catalog = Mutex<FlowCatalog?>(nil)

    var value: FlowCatalog? {
        get { catalog.withLock { $0 } }
        set { catalog.withLock { $0 = newValue } }
    }
}

/// Lets nobody go on before all have arrived.
private final class Meeting: Sendable {
    private struct State {
        var missing: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(of count: Int) { state = Mutex(State(missing: count)) }

    func arrive() async {
        await withCheckedContinuation { continuation in
            let released = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                state.missing -= 1
                state.waiting.append(continuation)
                guard state.missing <= 0 else { return [] }
                defer { state.waiting = [] }
                return state.waiting
            }
            for one in released { one.resume() }
        }
    }
}
