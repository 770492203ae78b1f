import Foundation
import KisConnectors
import KisFlow
import Testing

@Suite("Secrets and settings from the environment")
struct EnvironmentTests {
    private func name() -> String { "KISFLOW_TEST_" + UUID().uuidString.replacing("-", with: "_") }

    @Test("a variable in addrs, key and params is filled in, once, and other dollar signs stay")
    func filling() async throws {
        let (part, value) = (name(), name())
        setenv(part, "in-${\(value)}", 1)
        setenv(value, "a;b", 1)
        try await withTemporaryFolder { folder in
            let file = TestFile("csv", "\(folder)/${\(part)}", ["missing": "${\(value)}"], key: "$x ${} ${1a} ${-}.csv")
            try await file.save([["a": "1"]])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["in-${\(value)}"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/in-${\(value)}") == ["$x ${} ${1a} ${-}.csv"])
        }
    }

    @Test("a variable that is not set makes the flow unavailable and is named", arguments: ["csv", "redis", "http", "mongodb"])
    func missing(type: String) throws {
        let name = name()
        var registry = FlowRegistry()
        try registry.registerConnectors()
        try registry.function("use") { (_: FlowContext) in .next }
        let configuration = try FlowConfiguration(
            flows: [FlowDefinition(name: "f", steps: [.init("use")])],
            functions: [FunctionDefinition(name: "use", mode: .load, connector: "c")],
            connectors: [ConnectorDefinition(name: "c", type: type, address: "${\(name)}", key: "k.k")])
        let catalog = FlowCatalog(configuration, registry: registry)
        let error = #expect(throws: FlowError.self) { try catalog.flow("f") }
        #expect(error?.kind == .unavailable)
        #expect(error?.description.contains("addrs: the environment variable \(name) is not set") == true, "\(String(describing: error))")
    }

    @Test("all types can be registered at once, and each only once")
    func registering() throws {
        var registry = FlowRegistry()
        try registry.registerConnectors()
        #expect(registry.connectorTypes == ["csv", "file", "http", "jsonl", "mongodb", "redis", "text", "tsv"])
        #expect(throws: FlowError.self) { try registry.registerFileConnectors() }
    }
}
