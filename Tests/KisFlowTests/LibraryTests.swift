import KisFlow
import Logging
import MetricsTestKit
import Synchronization
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the original offers beside running functions one after the other.
@Suite("The library")
struct LibraryTests {
    @Test("one function is tried on literal rows in three lines")
    func trying() async throws {
        var registry = FlowRegistry()
        try registry.map("double") { (row: Int, context: FlowContext) in row * (Int(context.params["factor"] ?? "") ?? 2) }
        #expect(try await registry.run("double", on: [1, 2], params: ["factor": "3"]).rows(as: Int.self) == [3, 6])
    }

    @Test("a connector in memory stands for the real one: what is there is loaded, what is saved can be looked at")
    func memory() async throws {
        var registry = FlowRegistry()
        try registry.function("copy") { (context: FlowContext) in
            let rows = try await context.connector.load(Score.self)
            try await context.connector.save(rows.map { Score(id: $0.id + 10, score: $0.score) })
            context.commit(contentsOf: rows)
            return .next
        }
        let store = MemoryConnector([#"{"id":1,"score":2}"#])
        let result = try await registry.run("copy", on: [String](), mode: .load, connector: store)
        #expect(try result.rows(as: Score.self).map(\.id) == [1])
        #expect(try store.rows(as: Score.self).map(\.id) == [1, 11])
    }

    @Test("the same function stands several times in a flow, each time with parameters and notes of its own")
    func sameFunction() async throws {
        let seen = Notes<String>()
        var test = TestFlow()
        try test.registry.function("add") { (rows: [Int], context: FlowContext) in
            #expect(context.functionMetadata.value("calls", as: Int.self) == nil)
            context.functionMetadata.set("calls", 1)
            seen.add(context.paramsOfAllFunctions.map { "\($0.function)+\($0.params["by"] ?? "")" }.joined(separator: " "))
            context.commit(contentsOf: rows.map { $0 + (Int(context.params["by"] ?? "") ?? 0) })
            return .next
        }
        test.functions.append(FunctionDefinition(name: "add", mode: .calculate, defaultParams: ["by": "1", "x": "y"]))
        test.use("add")
        test.use("add", params: ["by": "10"])
        test.use("add", params: ["by": "100"])
        #expect(try await test.flow().run([0]).rows(as: Int.self) == [111])
        #expect(seen.all == Array(repeating: "add+1 add+10 add+100", count: 3))
    }

    @Test("functions are appended to a flow at run time; the flow that was there stays as it is, and both run at once")
    func appending() async throws {
        var test = TestFlow()
        try test.map(FunctionDefinition(name: "inc", mode: .calculate)) { (row: Int, context: FlowContext) -> Int? in
            row + (Int(context.params["by"] ?? "1") ?? 0)
        }
        try test.registry.map("neg") { (row: Int, _: FlowContext) -> Int? in -row }
        let flow = try test.flow()
        let longer = try flow.appending("inc", params: ["by": "5"]).appending(FunctionDefinition(name: "neg", mode: .expand))
        async let short = flow.run([1])
        async let long = longer.run([1])
        #expect(try await short.rows(as: Int.self) == [2])
        #expect(try await long.rows(as: Int.self) == [-7])
        #expect(longer.definition.steps.map(\.function) == ["inc", "inc", "neg"] && flow.definition.steps.count == 1)
        let error = try await flowError { _ = try flow.appending("nowhere") }
        #expect(error.kind == .unavailable)
        let other = try await flowError { _ = try flow.appending(FunctionDefinition(name: "inc", mode: .save)) }
        #expect(other.kind == .duplicateName)
    }

    @Test("notes belong to the run, to a function or to a connector, and last as long as these")
    func metadata() async throws {
        var test = TestFlow()
        try test.registry.connector(named: "store") { _ in MemoryConnector() }
        test.connector(ConnectorDefinition(name: "store", type: "memory"))
        try test.add(FunctionDefinition(name: "count", mode: .expand, connector: "store")) { (rows: [Int], context: FlowContext) in
            for notes in try [context.metadata, context.functionMetadata, context.connector.metadata] {
                notes.set("runs", (notes.value("runs", as: Int.self) ?? 0) + 1)
            }
            context.commit(
                try [context.metadata, context.functionMetadata, context.connector.metadata].map { $0.value("runs", as: Int.self) ?? 0 })
            return .next
        }
        let flow = try test.flow()
        #expect(try await flow.run([0]).rows(as: [Int].self) == [[1, 1, 1]])
        #expect(try await flow.run([0]).rows(as: [Int].self) == [[1, 1, 2]])
        let shared = Metadata()
        shared.set("runs", 40)
        #expect(try await flow.run([0], options: RunOptions(metadata: shared)).rows(as: [Int].self) == [[41, 1, 3]])
        #expect(shared.value("runs", as: Int.self) == 41)
    }

    @Test("a connector made of closures is started once, and knows which function loads or saves")
    func routed() async throws {
        let started = Notes<String>()
        let saved = Notes<Int>()
        var test = TestFlow()
        try test.registry.connector(
            RoutedConnector { definition in
                started.add(definition.address)
                return definition.address
            }
            .saving("put") { (rows: [Int], client, request) in
                #expect(client == "here" && request.mode == .save && request.params["k"] == "v")
                for row in rows { saved.add(row) }
            }
            .loading("get") { _, _ in saved.all }, named: "cache")
        test.connector(ConnectorDefinition(name: "cache", type: "redis", address: "here"))
        try test.add(FunctionDefinition(name: "put", mode: .save, connector: "cache", defaultParams: ["k": "v"])) {
            (rows: [Int], context: FlowContext) in
            try await context.connector.save(rows)
            return .forceEntryNext
        }
        try test.registry.function("get") { (context: FlowContext) in
            context.commit(contentsOf: try await context.connector.load(Int.self))
            return .next
        }
        test.define(FunctionDefinition(name: "get", mode: .load, connector: "cache"))
        try test.add(FunctionDefinition(name: "lost", mode: .save, connector: "cache")) { (rows: [Int], context: FlowContext) in
            try await context.connector.save(rows)
            return .next
        }
        let flow = try test.flow()
        let error = try await flowError { _ = try await flow.run([1, 2]) }
        #expect(saved.all == [1, 2] && started.all == ["here"])
        #expect(error.description.contains("nothing registered to save for function \"lost\" (it has: put)"))
    }

    @Test("a function reads rows that are no JSON with a serializer of its own; a row that it refuses is an error row")
    func serializer() async throws {
        struct Pairs: RowSerializer {
            struct NoPair: Error, CustomStringConvertible { var description: String { "no id=score" } }

            func bytes<Row: Encodable>(of row: Row) throws -> Data { Data("7=\(row)".utf8) }

            func row<Row: Decodable>(_ type: Row.Type, from bytes: Data) throws -> Row {
                let parts = String(decoding: bytes, as: UTF8.self).split(separator: "=")
                guard parts.count == 2, let id = Int(parts[0]), let score = Double(parts[1]),
                    let row = Score(id: id, score: score) as? Row
                else { throw NoPair() }
                return row
            }
        }
        var test = TestFlow()
        try test.registry.function("read", serializer: Pairs()) { (rows: [Score], context: FlowContext) in
            context.commit(contentsOf: rows)
            return .next
        }
        test.define(FunctionDefinition(name: "read", mode: .verify, source: .init(must: ["id"]), onError: .skip))
        let flow = try test.flow()
        let result = try await flow.run(["1=2", "junk", "3=4.5"])
        #expect(try result.rows(as: Score.self) == [Score(id: 1, score: 2), Score(id: 3, score: 4.5)])
        #expect(result.functions[0].reasons == ["no id=score": 1])
        #expect(try await flow.run([2.5]).rows(as: Score.self) == [Score(id: 7, score: 2.5)])
    }

    @Test("metrics go by the original's names, counts as counters")
    func metrics() async throws {
        let metrics = TestMetrics()
        var test = TestFlow()
        try test.add(FunctionDefinition(name: "verify", mode: .verify, source: .init(must: ["id"]))) { (rows: [Score], _: FlowContext) in
            .dataReuse
        }
        try test.add(FunctionDefinition(name: "print", mode: .expand)) { (rows: [Score], _: FlowContext) in .dataReuse }
        let flow = try test.flow()
        for _ in 0..<2 { _ = try await flow.run([#"{"id":1,"score":1}"#, #"{"score":1}"#], options: RunOptions(metrics: metrics)) }
        let ofFlow = [("flow_name", "test")]
        let verify = [("func_name", "verify"), ("func_mode", "Verify")]
        #expect(try metrics.expectCounter("kisflow_data_total").totalValue == 4)
        #expect(try metrics.expectCounter("flow_data_total", ofFlow).totalValue == 4)
        #expect(try metrics.expectCounter("flow_schedule_cnts", ofFlow).totalValue == 2)
        #expect(try metrics.expectCounter("func_schedule_cnts", verify).totalValue == 2)
        #expect(try metrics.expectCounter("func_rows_rejected", verify + ofFlow).totalValue == 2)
        #expect(try metrics.expectTimer("func_run_duration", verify).values.count == 2)
        #expect(try metrics.expectTimer("flow_run_duration", ofFlow).values.count == 2)
    }

    @Test("what functions log carries flow, run and function, and what is not logged costs no words")
    func logging() async throws {
        let lines = Notes<String>()
        let made = Notes<Int>()
        var logger = Logger(label: "test") { _ in LineHandler(lines: lines) }
        logger.logLevel = .info
        var test = TestFlow()
        try test.add("talk") { (rows: [Int], context: FlowContext) in
            context.logger.info("hello")
            context.logger.debug(
                {
                    made.add(1)
                    return "never"
                }())
            return .dataReuse
        }
        _ = try await test.flow().run([1], options: RunOptions(id: "r1", logger: logger))
        #expect(lines.all == ["info: hello [flow=test flow_run=r1 function=talk]"] && made.all.isEmpty)
    }

    @Test("one flow runs many times at once, and each run has its own cache, rows and counters")
    func concurrently() async throws {
        var test = TestFlow()
        try test.add("put") { (rows: [Int], context: FlowContext) in
            context.cache.set("sum", rows.reduce(0, +))
            await Task.yield()
            return .dataReuse
        }
        try test.add("get") { (rows: [Int], context: FlowContext) in
            context.commit(context.cache.value("sum", as: Int.self) ?? -1)
            return .next
        }
        let flow = try test.flow()
        try await withThrowingTaskGroup(of: (Int, [Int]).self) { group in
            for number in 1...100 {
                group.addTask { (number, try await flow.run(Array(1...number)).rows(as: Int.self)) }
            }
            for try await (number, rows) in group { #expect(rows == [number * (number + 1) / 2]) }
        }
    }
}

/// Functions that need no code.
@Suite("Functions of the library")
struct ConnectorFunctionTests {
    @Test("type save stores what comes in and hands it on, type load adds what is stored: a flow needs no code for either")
    func saveAndLoad() async throws {
        let (here, there) = (MemoryConnector([Score(id: 1, score: 1)]), MemoryConnector())
        var registry = FlowRegistry()
        try registry.connector(named: "here") { _ in here }
        try registry.connector(named: "there") { _ in there }
        let configuration = try FlowConfiguration.parse([
            "copy.yml": """
            {kistype: flow, flow_name: copy, flows: [{fname: take}, {fname: keep}]}
            ---
            {kistype: func, fname: take, fmode: Load, type: load, option: {cname: here}}
            ---
            {kistype: func, fname: keep, fmode: Save, type: save, option: {cname: there}}
            ---
            {kistype: conn, cname: here, type: memory}
            ---
            {kistype: conn, cname: there, type: memory}
            """
        ])
        let result = try await FlowCatalog(configuration, registry: registry).flow("copy").run([#"{"id":2,"score":2}"#])
        #expect(try there.rows(as: Score.self).map(\.id) == [2, 1])
        #expect(try result.rows(as: Score.self).map(\.id) == [2, 1])
    }
}
