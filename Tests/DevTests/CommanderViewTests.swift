import Foundation
import Testing

@Suite("commander's views in a real terminal", .serialized, .timeLimit(.minutes(2)), .enabled(if: Window.isThere, Window.missing))
struct CommanderViewTests {
    private let folder: Folder

    init() throws {
        folder = try Folder()
        try folder.write(
            "dags/gated.yaml",
            """
            id: gated
            tasks:
              - {id: a, action: print, params: {message: hello}}
              - {id: b, action: shell, dependOn: a, params: {command: "echo waiting; until [ -e go ]; do sleep 0.05; done; echo gone"}}
              - {id: c, action: print, dependOn: b, params: {message: done}}
              - {id: d, action: print, dependOn: b, params: {message: done}}
            """)
    }

    private static let utf8 = "LC_ALL=C.UTF-8"

    /// A node on the embedded store of the folder.
    private func node() async throws -> Program {
        let node = try Program("swiftflow", ["dev"], in: folder)
        try await node.says("start a run in another terminal")
        return node
    }

    @Test("a long wait has one line that is drawn over, and nothing of it stays; then the graph of the tasks is drawn where it is wanted")
    func waits() async throws {
        let node = try await node()
        let window = try await Window("commander", ["run", "gated", "--id", "r1", "--wait"], in: folder, variables: Self.utf8)
        let before = try await window.shows("1/4 tasks")
        #expect(before.split(separator: "\n").count == 1 && before.hasPrefix("waiting █"))
        var graph = ""
        try await until("the graph shows what runs; it shows:\n\(graph)") {
            graph = try await Window("commander", ["show", "r1"], in: folder, variables: Self.utf8).shows("ended with 0")
            return graph.contains("└─● b")
        }
        #expect(graph.contains("✓ a") && graph.contains("  ├─○ c") && graph.contains("  └─○ d"))
        let plain = try await Window("commander", ["show", "r1", "--gantt"], in: folder, variables: "LC_ALL=C").shows("ended with 0")
        #expect(plain.contains("===") && plain.contains("2 tasks have not started") && !plain.contains("└"))
        try folder.write("go", "")
        let after = try await window.shows("ended with 0")
        #expect(!after.contains("waiting █") && after.contains("status    success"))
        #expect(after.hasPrefix("run "))
        withExtendedLifetime(node) {}
    }

    @Test("a run under way is exported, and is over in the store that it is imported into")
    func moves() async throws {
        let node = try await node()
        _ = try await Program.run("commander", ["run", "gated", "--id", "r1"], in: folder)
        // What is quick is never written as running: both are looked at until they stand so in the store.
        try await until("the run is known to run") {
            try await Program.run("commander", ["list", "--status", "running", "--json"], in: folder).output.contains("\"r1\"")
        }
        try await until("its second task is in the store") {
            let export = try await Program.run("commander", ["export", "r1", "--output", "run.jsonl"], in: folder)
            return export.code == 0 && export.output.hasPrefix("exported 1 run, 2 tasks, 1 definition")
        }
        for (code, words) in [(Int32(0), "imported 1 run,"), (0, "already there: 1 run,")] {
            let result = try await Program.run("commander", ["import", "run.jsonl", "--url", "sqlite:other.db"], in: folder)
            #expect(result.code == code && result.output.contains(words), "\(result)")
        }
        let show = try await Program.run("commander", ["show", "r1", "--url", "sqlite:other.db", "--json"], in: folder).output
        #expect(show.contains("\"status\" : \"canceled\"") && show.contains("imported: was running on "))
        #expect(try await Program.run("commander", ["trace", "r1", "--url", "sqlite:other.db"], in: folder).output.contains("waiting"))
        try folder.write("bad.jsonl", folder.text("run.jsonl").replacing("\"status\":\"running\"", with: "\"status\":\"sleeping\""))
        let bad = try await Program.run("commander", ["import", "bad.jsonl", "--url", "sqlite:third.db"], in: folder)
        #expect(bad.code == 7 && bad.errors.contains("line 3: run 'r1': the field 'status' is"), "\(bad)")
        withExtendedLifetime(node) {}
    }
}
