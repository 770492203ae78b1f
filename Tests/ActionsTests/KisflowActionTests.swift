import Engine
import KisFlow
import Synchronization
import Testing
import Workflow

@testable import Actions

@Suite("kisflow")
struct KisflowActionTests {
    private struct Row: Codable, Sendable { var n: Int }
    private struct Broken: Error, CustomStringConvertible { var description: String { "the disk is full" } }

    private func registry() throws -> ActionRegistry {
        var functions = FlowRegistry()
        try functions.function("Double") { (rows: [Row], context: FlowContext) in
            let factor = Int(context.params["factor"] ?? "2") ?? 0
            for row in rows { context.commit(Row(n: row.n * factor)) }
            return .next
        }
        try functions.function("Break") { (_: FlowContext) in throw Broken() }
        try functions.function("Hang") { (context: FlowContext) in
            context.trace("hanging")
            try await Task.sleep(for: .seconds(3600))
            return .next
        }
        try functions.function("Chatter") { (context: FlowContext) in
            for number in 0..<20_000 { context.trace("\(number)") }
            return .next
        }
        let names = ["Double", "Break", "Hang", "Chatter"]
        let configuration = try FlowConfiguration(
            flows: names.map { FlowDefinition(name: $0.lowercased(), steps: [.init($0)]) } + [
                FlowDefinition(name: "off", isEnabled: false, steps: [.init("Break")])
            ],
            functions: names.map { FunctionDefinition(name: $0, mode: .calculate) })
        var registry = ActionRegistry()
        try BuiltInActions.register(into: &registry, flows: FlowCatalog(configuration, registry: functions))
        return registry
    }

    @Test("a flow runs on the task's rows and parameters and leaves its summary")
    func runs() async throws {
        let trial = ActionTrial()
        try await trial.run("kisflow", ["flow": "double", "params": ["factor": 3], "rows": [["n": 1], ["n": 2]]], in: registry())
        let output = try #require(trial.output?.objectValue)
        #expect(output["rows"] == 2)
        #expect(output["status"] == "completed")
        #expect(output["run"] == "run-1/task-1/2")
        #expect(trial.messages.contains { $0.hasPrefix("Double (Calculate): 2 rows in, 2 out") })
    }

    @Test("an unknown flow fails with the nearest and the known ones")
    func unknown() async throws {
        let registry = try registry()
        let trial = ActionTrial()
        let reason = try #require(await trial.failure { try await trial.run("kisflow", ["flow": "duoble"], in: registry) })
        #expect(reason.contains("did you mean") && reason.contains("this node has break, chatter, double, hang"), "\(reason)")
    }

    @Test("a function that fails, fails the task with its name and its reason")
    func fails() async throws {
        let registry = try registry()
        let trial = ActionTrial()
        let reason = try #require(await trial.failure { try await trial.run("kisflow", ["flow": "break"], in: registry) })
        #expect(reason.contains("Break") && reason.contains("the disk is full"), "\(reason)")
    }

    @Test("a flow that is switched off succeeds and says so")
    func off() async throws {
        let trial = ActionTrial()
        try await trial.run("kisflow", ["flow": "off"], in: registry())
        #expect(trial.output?.objectValue?["status"] == "disabled")
        #expect(trial.traced.contains { $0.level == .warning && $0.message.contains("disabled") })
    }

    @Test("cancellation reaches a function", .timeLimit(.minutes(1)))
    func cancelled() async throws {
        let trial = ActionTrial()
        let registry = try registry()
        let work = Task { try await trial.run("kisflow", ["flow": "hang"], in: registry) }
        for await line in trial.lines where line.message.contains("hanging") { break }
        work.cancel()
        await #expect(throws: CancellationError.self) { try await work.value }
    }

    @Test("messages that come faster than the trace takes them are counted")
    func chatter() async throws {
        let trial = ActionTrial()
        try await trial.run("kisflow", ["flow": "chatter"], in: registry())
        let told = trial.messages.count { $0.hasPrefix("Chatter: ") }
        let left = trial.messages.compactMap { $0.contains("left out") ? Int($0.prefix { $0 != " " }) : nil }.first ?? 0
        #expect(told + left >= 20_000 && told + left <= 20_003)
    }

    /// Numbers in batches with positions.
    private struct Source: Connector {
        func load<R: Codable & Sendable>(
            _ type: R.Type, _ request: ConnectorRequest, _ take: (RowBatch<R>) async throws -> Void
        ) async throws {
            var start = 0
            if case .int(let position) = request.resume { start = position }
            for first in stride(from: start, to: 100, by: request.batch.maxRows) {
                let end = min(first + request.batch.maxRows, 100)
                try await take(
                    RowBatch(rows: try FlowRows((first..<end).map { Row(n: $0) }).values(as: type), position: .int(end)))
            }
        }

        func save<R: Codable & Sendable>(_ rows: [R], _ request: ConnectorRequest) async throws {}
    }

    private final class Seen: Sendable {
        let rows = Mutex<[Int]>([])
        let failsAt = Mutex<Int?>(nil)
    }

    private func streaming(_ seen: Seen) throws -> ActionRegistry {
        var functions = FlowRegistry()
        try functions.connector(named: "numbers") { _ in Source() }
        try functions.function("See") { (rows: [Row], context: FlowContext) in
            if let point = seen.failsAt.withLock({ $0 }), rows.contains(where: { $0.n == point }) { throw Broken() }
            seen.rows.withLock { $0 += rows.map(\.n) }
            return .dataReuse
        }
        let configuration = try FlowConfiguration(
            flows: [
                FlowDefinition(name: "stream", steps: [.init("See")], source: "numbers"),
                FlowDefinition(name: "rows", steps: [.init("See")]),
            ], functions: [FunctionDefinition(name: "See", mode: .calculate)],
            connectors: [ConnectorDefinition(name: "numbers", type: "numbers")])
        var registry = ActionRegistry()
        try BuiltInActions.register(into: &registry, flows: FlowCatalog(configuration, registry: functions))
        return registry
    }

    @Test(
        "a flow with a source is streamed; another attempt goes on from where the first one came to, and leaves no position when it is done"
    )
    func streams() async throws {
        let seen = Seen()
        let registry = try streaming(seen)
        seen.failsAt.withLock { $0 = 55 }
        let trial = ActionTrial()
        let params: [String: Value] = ["flow": "stream", "batchRows": 10, "checkpointSeconds": 0]
        let reason = try #require(await trial.failure { try await trial.run("kisflow", params, in: registry) })
        #expect(reason.contains("the disk is full"))
        #expect(trial.context.shareData["kisflow.task-1"] != nil)
        seen.failsAt.withLock { $0 = nil }
        try await trial.run("kisflow", params, in: registry)
        #expect(seen.rows.withLock { $0 } == Array(0..<100))
        #expect(trial.context.shareData["kisflow.task-1"] == nil)
        let output = try #require(trial.output?.objectValue)
        #expect(output["rowsRead"] == 100 && output["batches"] == 10 && output["status"] == "completed")
    }

    @Test(
        "a position that does not fit, or is none, is told and the stream starts at the beginning",
        arguments: ["nonsense", "other parameters"])
    func foreignPosition(text: String) async throws {
        let seen = Seen()
        let registry = try streaming(seen)
        let trial = ActionTrial()
        if text == "nonsense" {
            try trial.context.shareData.set("kisflow.task-1", text)
        } else {
            seen.failsAt.withLock { $0 = 55 }
            let before: [String: Value] = ["flow": "stream", "batchRows": 10, "checkpointSeconds": 0, "params": ["x": "y"]]
            _ = await trial.failure { try await trial.run("kisflow", before, in: registry) }
            seen.failsAt.withLock { $0 = nil }
            seen.rows.withLock { $0 = [] }
        }
        try await trial.run("kisflow", ["flow": "stream"], in: registry)
        #expect(seen.rows.withLock { $0 } == Array(0..<100))
        #expect(trial.context.shareData["kisflow.task-1"] == nil)
    }

    @Test("a task can name the source itself, or give rows in its place; numbers that make no sense are said")
    func sources() async throws {
        let seen = Seen()
        let registry = try streaming(seen)
        try await ActionTrial().run("kisflow", ["flow": "rows", "source": "numbers"], in: registry)
        #expect(seen.rows.withLock { $0.count } == 100)
        try await ActionTrial().run("kisflow", ["flow": "stream", "rows": [["n": 7]]], in: registry)
        #expect(seen.rows.withLock { $0.last } == 7)
        for params: [String: Value] in [
            ["flow": "stream", "batchRows": 0], ["flow": "stream", "parallelism": -1], ["flow": "stream", "source": "nowhere"],
        ] {
            let trial = ActionTrial()
            let reason = try #require(await trial.failure { try await trial.run("kisflow", params, in: registry) })
            #expect(reason.contains("params.") || reason.contains("nowhere"), "\(reason)")
        }
    }
}
