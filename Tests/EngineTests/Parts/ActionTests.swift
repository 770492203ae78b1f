import Testing
import Workflow

@testable import Engine

@Suite("Actions and share data")
struct ActionTests {
    private struct Print: Action {
        static let name = "print"
        func run(_ context: ActionContext, _ parameters: NoParameters) async throws {}
    }

    @Test("an action is found under its name and its aliases, and a name can be taken only once")
    func registry() throws {
        var registry = ActionRegistry()
        try registry.register(Print(), aliases: ["say"])
        #expect(registry.names == ["print", "say"])
        let error = #expect(throws: ActionError.self) { try registry.register("say") { _ in } }
        #expect(error?.description.contains("'say'") == true)
    }

    @Test("a task sees its own changes of share data at once, and they are kept in order")
    func shareData() throws {
        let shareData = ShareData(["a": "1", "b": "2"])
        try shareData.set("a", "3")
        try shareData.set("b", nil)
        #expect(shareData["a"] == "3" && shareData["b"] == nil)
        #expect(shareData.all == ["a": "3"])
        #expect(shareData.edits == [ShareDataEdit(key: "a", value: "3"), ShareDataEdit(key: "b", value: nil)])
    }

    @Test("share data above 1 MiB, or under a key that cannot be one, is refused and changes nothing")
    func limits() throws {
        let shareData = ShareData(["k": String(repeating: "x", count: InstanceMachine.shareDataLimit - 10)])
        #expect(throws: ActionError.self) { try shareData.set("other", "123456") }
        #expect(throws: ActionError.self) { try shareData.set("", "1") }
        #expect(throws: ActionError.self) { try shareData.set("a\0b", "1") }
        #expect(shareData.edits.isEmpty)
        try shareData.set("k", "small again")
        try shareData.set("other", "123456")
    }

    @Test("a node's configuration is checked, and the message names the value")
    func configuration() {
        let wrong: [(String, NodeConfiguration)] = [
            ("''", NodeConfiguration(key: "")), ("'a b'", NodeConfiguration(key: "a b")), ("'a/b'", NodeConfiguration(key: "a/b")),
            ("lease.ttl", NodeConfiguration(key: "w", leaseTTL: .milliseconds(299))),
            ("capacity", NodeConfiguration(key: "w", capacity: 0)),
            ("concurrent-tasks", NodeConfiguration(key: "w", concurrentTasks: 0)),
            ("blocking-threads", NodeConfiguration(key: "w", blockingThreads: 2_000)),
            ("grace-period", NodeConfiguration(key: "w", gracePeriod: .seconds(-1))),
        ]
        for (part, configuration) in wrong {
            let error = #expect(throws: NodeError.self) { try configuration.validate() }
            #expect(error?.description.contains(part) == true, "\(String(describing: error))")
        }
        #expect(throws: Never.self) { try NodeConfiguration(key: "worker-1").validate() }
    }
}
