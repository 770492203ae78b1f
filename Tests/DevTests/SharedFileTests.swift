import Foundation
import Testing

@Suite("Two nodes share one file", .serialized, .timeLimit(.minutes(3)))
struct SharedFileTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    /// Each task leaves a line, outside of the store, when it begins and when it ends.
    private static let work = """
        id: work
        tasks:
          - {id: a, action: shell, params: {command: "echo a >> FOLDER/began; sleep 0.1"}}
          - {id: b, action: shell, dependOn: a, params: {command: "sleep 2"}}
          - {id: c, action: shell, dependOn: b, params: {command: "echo done"}}
        """

    private func node(_ key: String) throws -> Program {
        try Program(
            "swiftflow", ["node", "--key", key, "--url", "sqlite:flow.db", "--dags", "dags", "--lease-ttl", "1s", "--capacity", "4"],
            in: folder)
    }

    private func commander(_ arguments: String...) async throws -> String {
        let end = try await Program.run("commander", arguments + ["--url", "sqlite:flow.db"], in: folder)
        try #require(end.code == 0, "commander \(arguments.joined(separator: " ")): \(end.errors)")
        return end.output
    }

    private struct List: Decodable {
        struct Run: Decodable {
            var id: String
            var status: String
            var worker: String?
        }

        var runs: [Run]
    }

    private func runs() async throws -> [List.Run] {
        try JSONDecoder().decode(List.self, from: Data(try await commander("list", "--json", "--limit", "200").utf8)).runs
    }

    @Test("of two nodes one is killed in the middle: the other ends all runs, each task once more at most, and the file is whole")
    func killed() async throws {
        try folder.write("dags/work.yaml", Self.work.replacing("FOLDER", with: folder.url.path))
        let first = try node("n1")
        try await first.says("leading")
        let second = try node("n2")
        try await second.says("joined")
        try await until("the DAG is applied") { try await commander("dag", "list").contains("work") }
        for number in 0..<8 { _ = try await commander("run", "work", "--id", "r\(number)") }
        try await until("both are at work") {
            Set(try await runs().filter { $0.status == "running" }.compactMap(\.worker)) == ["n1", "n2"]
        }
        first.send(SIGKILL)
        try await until("all runs have ended") { try await runs().filter { $0.status == "success" }.count == 8 }
        #expect(try await runs().count == 8)
        #expect(try await commander("nodes").contains("n2"))
        let began = folder.text("began").split(separator: "\n").count
        // Runs that the dead node had were begun again at most once.
        #expect((8...16).contains(began))
        second.send(SIGTERM)
        #expect(try await second.exitCode() == 0)
        // A third process finds everything as it was.
        #expect(try await commander("show", "r7").contains("success"))
    }

    @Test("a dev that is killed is started again at once, and goes on with what was under way")
    func restarted() async throws {
        try folder.write(
            "dags/slow.yaml",
            """
            id: slow
            tasks:
              - {id: a, action: print, params: {message: first}}
              - {id: b, action: shell, dependOn: a, params: {command: "test -e go || exec sleep 60"}}
            """)
        let first = try Program("swiftflow", ["dev"], in: folder)
        try await first.says("commander run")
        let run = try await Program.run("commander", ["run", "slow", "--id", "one"], in: folder)
        try #require(run.code == 0, "\(run.errors)")
        try await first.says("b[1] running")
        first.send(SIGKILL)
        try folder.write("go", "")
        let second = try Program("swiftflow", ["dev", "--log-level", "notice"], in: folder)
        try await second.says("one success")
        // Nobody had to wait for a lease: that the process is gone can be seen.
        #expect(!second.errors.contains("waiting for its lease") && !second.output.contains("waiting for its lease"))
        second.send(SIGTERM)
        #expect(try await second.exitCode() == 0)
    }
}
