import Engine
import Foundation
import Testing

@testable import Swiftflow

@Suite("Settings of a node")
struct NodeSettingsTests {
    @discardableResult
    private func withFile<R>(_ text: String, _ body: (String) async throws -> R) async throws -> R {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("swiftflow-\(UUID().uuidString).yaml")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try await body(file.path)
    }

    @Test("flags win over the environment, and the environment over the file")
    func precedence() async throws {
        let file = """
            url: mongodb://file
            key: from-file
            capacity: 5
            lease:
              ttl: 3s
            log:
              level: debug
            """
        try await withFile(file) { path in
            let settings = try await NodeSettings.read(
                flags: [.key: "from-flag"], environment: ["SWIFTFLOW_KEY": "from-environment", "SWIFTFLOW_LEASE_TTL": "7s"], file: path)
            #expect(settings.node.key == "from-flag")
            #expect(settings.node.leaseTTL == .seconds(7))
            #expect(settings.node.capacity == 5)
            #expect(settings.url == "mongodb://file")
            #expect(settings.logLevel == "debug")
        }
    }

    @Test("what nobody sets has its default; what must be set and is not is named")
    func defaults() async throws {
        let settings = try await NodeSettings.read(flags: [.url: "mongodb://x", .key: "k"], environment: [:], file: nil)
        #expect(settings.node == NodeConfiguration(key: "k"))
        #expect(settings.logLevel == "info")
        await #expect(throws: NodeError.self) {
            try await NodeSettings.read(flags: [.key: "k"], environment: ["SWIFTFLOW_URL": ""], file: nil)
        }
        await #expect(throws: NodeError.self) { try await NodeSettings.read(flags: [.url: "mongodb://x"], environment: [:], file: nil) }
    }

    @Test(
        "a value that makes no sense is named with what it should be",
        arguments: [
            (NodeSettings.Key.capacity, "many", "whole number"), (.leaseTTL, "5 apples", "not a time"),
            (.leaseTTL, "1ms", "at least 300 ms"),
            (.concurrentTasks, "0", "from 1 to"), (.key, "a/b", "slashes"), (.gracePeriod, "soon", "grace.period"),
        ])
    func nonsense(_ key: NodeSettings.Key, _ value: String, _ advice: String) async throws {
        do {
            let flags = [NodeSettings.Key.url: "mongodb://x", .key: "k"].merging([key: value]) { _, new in new }
            _ = try await NodeSettings.read(flags: flags, environment: [:], file: nil)
            Issue.record("\(key.rawValue) = \(value) was accepted")
        } catch {
            #expect("\(error)".contains(advice))
        }
    }

    @Test("a file that is not there or is no YAML is named")
    func badFile() async throws {
        let flags: [NodeSettings.Key: String] = [.url: "mongodb://x", .key: "k"]
        do {
            _ = try await NodeSettings.read(flags: flags, environment: [:], file: "/nowhere/settings.yaml")
            Issue.record("a missing file was accepted")
        } catch { #expect("\(error)".contains("/nowhere/settings.yaml")) }
        try await withFile("lease:\n  ttll: 3s\n") { path in
            do {
                _ = try await NodeSettings.read(flags: flags, environment: [:], file: path)
                Issue.record("a misspelt setting was accepted")
            } catch { #expect("\(error)".contains("lease.ttll") && "\(error)".contains("lease.ttl,")) }
        }
        try await withFile("url: [unclosed") { path in
            await #expect(throws: NodeError.self) { try await NodeSettings.read(flags: flags, environment: [:], file: path) }
        }
    }

    @Test("a URL of another kind is refused with an example of the right one")
    func otherURL() async throws {
        do {
            _ = try await Backend.connect(url: "postgres://localhost/x")
            Issue.record("a URL of another kind was accepted")
        } catch let error as StoreError {
            #expect(error.kind == .misconfigured)
            #expect(error.message.contains("mongodb://"))
        }
    }
}
