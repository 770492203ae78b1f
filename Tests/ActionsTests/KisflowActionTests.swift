import Engine
import KisFlow
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
}
