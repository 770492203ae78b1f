import Foundation
import Testing

@Suite("A file is run to its end", .serialized, .timeLimit(.minutes(2)))
struct RunFileTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    /// Three tasks in a row; the second fails as long as `outcome` says so.
    private static func chain(_ outcome: String) -> String {
        """
        id: chain
        vars: {name: {defaultValue: Ada}}
        tasks:
          - {id: a, action: print, params: {message: "hello {{name}}"}}
          - {id: b, action: shell, dependOn: a, params: {command: "echo working; \(outcome)"}}
          - {id: c, action: print, dependOn: b, params: {message: "b said {{tasks.b.output.stdout}}"}}
        """
    }

    private func run(_ arguments: String...) async throws -> (code: Int32, output: String, errors: String) {
        try await Program.run("swiftflow", ["run"] + arguments, in: folder)
    }

    @Test("a run that succeeds ends with 0 and shows what its tasks say; its store is there for commander")
    func success() async throws {
        try folder.write("chain.yaml", Self.chain("true"))
        let end = try await run("chain.yaml", "--var", "name=Grace")
        #expect(end.code == 0 && end.errors.isEmpty)
        #expect(end.output.contains("a[1] info hello Grace") && end.output.contains("c[1] info b said working"))
        #expect(!end.output.contains("\u{1B}"))
        let list = try await Program.run("commander", ["list", "--json"], in: folder)
        #expect(list.code == 0 && list.output.contains(#""dagId" : "chain""#))
        #expect(folder.text(".swiftflow/.gitignore") == "*\n")
    }

    @Test("a run that fails ends with 1 and its last line says how to go on; after the fix only the rest runs, with the new text")
    func fromTheFailure() async throws {
        try folder.write("chain.yaml", Self.chain("exit 3"))
        let failed = try await run("chain.yaml", "--var", "name=Grace")
        #expect(failed.code == 1)
        #expect(failed.output.hasSuffix("b: exited with code 3\nmend it, then go on from there: swiftflow run chain.yaml --from b\n"))
        try folder.write("chain.yaml", Self.chain("echo mended"))
        let mended = try await run("chain.yaml", "--from", "b")
        #expect(mended.code == 0)
        #expect(mended.output.contains("taken over from run") && !mended.output.contains("hello Grace"))
        #expect(mended.output.contains("b[1] info mended") && mended.output.contains("c[1] info b said working"))
    }

    @Test("one task runs alone with what the last run has left, and the others are taken over or skipped")
    func oneTask() async throws {
        try folder.write("chain.yaml", Self.chain("true"))
        _ = try await run("chain.yaml")
        try folder.write("chain.yaml", Self.chain("echo again"))
        let end = try await run("chain.yaml", "--task", "b")
        #expect(end.code == 0)
        #expect(end.output.contains("b[1] info again") && !end.output.contains("b said"))
        #expect(end.output.contains("c[1] skipped") && end.output.contains("only the task 'b' was to run"))
        let needy = try await run("chain.yaml", "--from", "c")
        #expect(needy.code == 0 && needy.output.contains("c[1] info b said working"))
    }

    @Test("what cannot be gone on from is said with what to do")
    func nothingToGoOnFrom() async throws {
        try folder.write("chain.yaml", Self.chain("exit 3"))
        let first = try await run("chain.yaml", "--from", "b")
        #expect(first.code == 4 && first.errors.contains("run all of it once: swiftflow run chain.yaml"))
        _ = try await run("chain.yaml")
        let needy = try await run("chain.yaml", "--from", "c")
        #expect(needy.code == 5)
        #expect(needy.errors.contains("'c' needs the result of the task 'b', which is failed") && needy.errors.contains("--from b"))
        let unknown = try await run("chain.yaml", "--task", "d")
        #expect(unknown.code == 4 && unknown.errors.contains("has no task 'd' to run; it has a, b, c"))
    }

    @Test(
        "mistakes are told before anything runs",
        arguments: [
            (["nothing.yaml"], "there is no file 'nothing.yaml'"),
            (["bad.yaml"], "bad.yaml:2:42: error: "),
            (["good.yaml", "--var", "nmae=x"], "there is no variable 'nmae'"),
            (["good.yaml", "--memory", "--from", "a"], "--memory keeps no earlier run"),
            (["good.yaml", "--task", "a", "--from", "a"], "give one of them"),
            (["."], "is a directory"),
        ])
    func mistakes(arguments: [String], message: String) async throws {
        try folder.write("bad.yaml", "id: bad\ntasks: [{id: a, action: print, dependOn: b}]\n")
        try folder.write("good.yaml", "id: good\ntasks: [{id: a, action: print}]\n")
        let end = try await Program.run("swiftflow", ["run"] + arguments, in: folder)
        #expect(end.code == 2)
        #expect(end.errors.contains(message), "\(end.errors)")
    }

    @Test("JSON is one object a line, the last of them the end of the run; nothing is kept in memory")
    func json() async throws {
        try folder.write("chain.yaml", Self.chain("true"))
        let end = try await run("chain.yaml", "--json", "--memory")
        #expect(end.code == 0)
        let events = try end.output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(events.last?["event"] as? String == "end")
        #expect(Set(events.compactMap { $0["event"] as? String }) == ["task", "trace", "end"])
        #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: ".swiftflow").path))
    }

    @Test("the first signal cancels the run and says how to go on", arguments: [SIGINT, SIGTERM])
    func interrupted(signal: Int32) async throws {
        try folder.write("chain.yaml", Self.chain("sleep 60"))
        let program = try Program("swiftflow", ["run", "chain.yaml"], in: folder)
        try await program.says("b[1] info working")
        program.send(signal)
        #expect(try await program.exitCode() == 130)
        #expect(program.errors.contains("the run is canceled"))
        #expect(program.output.contains("go on from there: swiftflow run chain.yaml --from b"))
        let list = try await Program.run("commander", ["list", "--json"], in: folder)
        #expect(list.output.contains(#""status" : "canceled""#))
    }

    @Test("a second signal ends the process at once, whatever the task does")
    func twice() async throws {
        try folder.write("chain.yaml", Self.chain("trap '' TERM INT; sleep 60 & wait; wait; sleep 60"))
        let program = try Program("swiftflow", ["run", "chain.yaml"], in: folder)
        try await program.says("b[1] info working")
        program.send(SIGINT)
        try await program.says("the run is canceled")
        program.send(SIGINT)
        #expect(try await program.exitCode() == 130)
    }

    @Test("it runs in its own process, also where a dev is at work on the same file")
    func besideDev() async throws {
        try folder.write("dags/chain.yaml", Self.chain("true"))
        let dev = try Program("swiftflow", ["dev"], in: folder)
        try await dev.says("is watched (1 DAG)")
        let end = try await run("dags/chain.yaml")
        #expect(end.code == 0)
        #expect(end.output.split(separator: "\n").filter { $0.contains(" success ") }.allSatisfy { !$0.contains(" dev ") })
        dev.send(SIGTERM)
        #expect(try await dev.exitCode() == 0)
    }
}
