import BSON
import Engine
import Foundation
import Testing
import Workflow

extension RealClusters {
    @Suite("Submitting and looking, through the CLI", .serialized, .timeLimit(.minutes(1)))
    struct SubmissionTests {
        private let hello = """
            id: hello
            vars:
              name: {desc: "whom to greet", defaultValue: "world"}
            tasks:
              - {id: greet, action: print, params: {message: "hello {{name}}"}}
              - {id: again, action: shell, dependOn: greet, params: {command: ["echo", "{\\"greeted\\": \\"{{tasks.greet.output}}\\"}"]}}
              - {id: last, action: print, dependOn: [again], params: {message: "{{tasks.again.output.json.greeted}}!"}}
            """

        @Test("a run submitted twice with one id is one run; with other vars or another DAG the id is refused")
        func idempotent() async throws {
            try await Cluster.with { cluster in
                try await cluster.node("worker-1")
                try cluster.write("hello.yaml", hello)
                try await cluster.succeed("dag", "apply", "hello.yaml")
                try await cluster.succeed("run", "hello", "--id", "once", "--var", "name=Ada", "--wait")
                try await cluster.succeed("run", "hello", "--id", "once", "--var", "name=Ada", "--wait")
                #expect(try await cluster.commander.list(InstanceQuery()).elements.map(\.id) == ["once"])
                #expect(try await cluster.command("run", "hello", "--id", "once", "--var", "name=Eve").exitCode == 5)
                #expect(try await cluster.commander.show("once").tasks.last?.output == "hello Ada!")
            }
        }

        @Test("a DAG edited during a run does not change the run")
        func pinned() async throws {
            try await Cluster.with { cluster in
                try await cluster.node("worker-1")
                let gate = try cluster.pipe("gate")
                func dag(_ message: String, _ extra: String = "") -> String {
                    """
                    id: edited
                    tasks:
                      - {id: wait, action: shell, params: {command: "read line < '\(gate.path)'"}}
                      - {id: say, action: print, dependOn: wait, params: {message: "\(message)"}}
                    \(extra)
                    """
                }
                try cluster.write("edited.yaml", dag("old"))
                try await cluster.succeed("dag", "apply", "edited.yaml")
                try await cluster.succeed("run", "edited", "--id", "before")
                try cluster.write("edited.yaml", dag("new", "  - {id: more, action: print, dependOn: say, params: {message: more}}"))
                try await cluster.succeed("dag", "apply", "edited.yaml")
                await gate.open()
                try await cluster.succeed("run", "edited", "--id", "after")
                await gate.open()
                try await cluster.succeed("run", "edited", "--id", "after", "--wait")
                // The id finds the old run, whatever is current now.
                try await cluster.succeed("run", "edited", "--id", "before", "--wait")
                let before = try await cluster.commander.show("before")
                #expect(before.tasks.map(\.taskId) == ["wait", "say"])
                #expect(before.tasks.last?.params["message"] == "old")
                let after = try await cluster.commander.show("after")
                #expect(after.tasks.map(\.taskId) == ["wait", "say", "more"])
                #expect(after.instance.dagVersion != before.instance.dagVersion)
            }
        }

        @Test("a failing run: exit code 1, the reason names the task, what does not depend on it still runs")
        func failing() async throws {
            try await Cluster.with { cluster in
                try await cluster.node("worker-1")
                try cluster.write(
                    "broken.yaml",
                    """
                    id: broken
                    tasks:
                      - {id: bad, action: shell, params: {command: "echo oh no >&2; exit 3"}}
                      - {id: after-bad, action: print, dependOn: bad, params: {message: never}}
                      - {id: good, action: print, params: {message: fine}}
                      - {id: after-good, action: print, dependOn: good, params: {message: fine}}
                    """)
                try await cluster.succeed("dag", "apply", "broken.yaml")
                let result = try await cluster.command("run", "broken", "--id", "b", "--wait")
                #expect(result.exitCode == 1)
                let run = try await cluster.commander.show("b")
                #expect(run.instance.status == .failed)
                #expect(run.instance.reason.contains("bad"))
                #expect(run.tasks.map(\.status) == [.failed, .`init`, .success, .success])
                #expect(run.tasks[0].reason.contains("3"))
                #expect(run.tasks[0].reason.contains("oh no"))
            }
        }

        @Test("a task that prints 10 MB and bytes that are no text: the run succeeds, the trace has it, others go on")
        func loudTask() async throws {
            try await Cluster.with { cluster in
                try await cluster.node("worker-1")
                try cluster.write(
                    "loud.yaml",
                    """
                    id: loud
                    tasks:
                      - {id: many, action: shell, params: {command: "yes 0123456789012345678901234567890123456789012345678901234567890123456789 | head -c 10000000"}}
                      - {id: binary, action: shell, params: {command: "head -c 100000 /dev/urandom"}}
                      - {id: quiet, action: print, params: {message: quiet}}
                    """)
                try await cluster.succeed("dag", "apply", "loud.yaml")
                try await cluster.succeed("run", "loud", "--id", "l", "--wait")
                var bytes = 0
                var after: String?
                while true {
                    let chunks = try await cluster.commander.traces("l", taskId: "many", after: after, limit: 100)
                    bytes += chunks.reduce(0) { $0 + $1.lines.reduce(0) { $0 + $1.message.utf8.count + 1 } }
                    guard let last = chunks.last else { break }
                    after = last.id
                }
                #expect(bytes >= 10_000_000)
            }
        }

        @Test("a run that no node can run waits, says why, and starts when a node can")
        func waitsForAction() async throws {
            try await Cluster.with { cluster in
                try await cluster.node("stock")
                try cluster.write("special.yaml", "id: special\ntasks:\n  - {id: t, action: expect, params: {text: abc, contains: b}}\n")
                try await cluster.succeed("dag", "apply", "special.yaml")
                try await cluster.succeed("run", "special", "--id", "s")
                #expect(try await cluster.succeed("show", "s").contains("no live node offers the action 'expect'"))
                try await cluster.node("own", program: "example-worker")
                try await cluster.succeed("run", "special", "--id", "s", "--wait")
                #expect(try await cluster.commander.instance("s")?.worker == "own")
            }
        }

        @Test("documents in the store that do not decode are named in the log and left alone; everything else runs")
        func undecodable() async throws {
            try await Cluster.with { cluster in
                let node = try await cluster.node("worker-1")
                try cluster.write("hello.yaml", hello)
                try await cluster.succeed("dag", "apply", "hello.yaml")
                try await TestDatabase.insert(
                    ["_id": "broken-1", "dagId": "hello", "status": "init", "version": "three", "createdAt": .date(Date())],
                    into: "dag_instance",
                    cluster.url)
                try await TestDatabase.insert(["_id": "worker-x", "session": 5], into: "heartbeat", cluster.url)
                // Owned by a session that is gone: no owner is left to report it.
                try await TestDatabase.insert(
                    ["_id": "broken-2", "status": "running", "session": "gone", "version": "three"], into: "dag_instance", cluster.url)
                try await cluster.succeed("run", "hello", "--id", "fine", "--wait")
                #expect(await node.line(containing: "broken-1"))
                #expect(await node.line(containing: "broken-2"))
                try await cluster.succeed("list")
                try await cluster.succeed("nodes")
            }
        }

        @Test("what is wrong with URL, server and arguments is said, with an exit code of its own")
        func badInput() async throws {
            try await Cluster.with { cluster in
                func fails(
                    _ code: Int32, _ word: String, _ arguments: [String], url: String? = nil, at location: SourceLocation = #_sourceLocation
                ) async throws {
                    let result = try await runProgram(
                        "commander", arguments, environment: ["SWIFTFLOW_URL": url ?? cluster.url], folder: cluster.folder)
                    #expect(result.exitCode == code, "\(arguments): \(result.errors)", sourceLocation: location)
                    #expect(result.errors.contains(word), "\(arguments): \(result.errors)", sourceLocation: location)
                }
                try await fails(4, "nothing-here", ["run", "nothing-here"])
                try await fails(4, "nothing-here", ["show", "nothing-here"])
                try await fails(3, "127.0.0.1:1", ["list"], url: "mongodb://127.0.0.1:1/?replicaSet=none")
                try await fails(2, "--var", ["run", "x", "--var", "nonsense"])
                try await fails(2, "missing.yaml", ["dag", "apply", "missing.yaml"])
                try cluster.write("hello.yaml", hello)
                try await cluster.succeed("dag", "apply", "hello.yaml")
                try await fails(2, "nam", ["run", "hello", "--var", "nam=x"])
                let secret = try await runProgram(
                    "commander", ["list"], environment: ["SWIFTFLOW_URL": "mongodb://user:hunter2@127.0.0.1:1/?replicaSet=none"])
                #expect(!secret.errors.contains("hunter2"))
                let node = try await runProgram("swiftflow", ["node", "--key", "x", "--url", "postgres://nowhere"])
                #expect(node.exitCode == 2 && node.errors.contains("postgres"))
                let noURL = try await runProgram("swiftflow", ["node", "--key", "x"], environment: ["SWIFTFLOW_URL": ""])
                #expect(noURL.exitCode == 2, "\(noURL.errors)")
                let bogus = try await runProgram("swiftflow", ["node", "--bogus"])
                #expect(bogus.exitCode == 2 && bogus.errors.hasPrefix("swiftflow: "), "\(bogus.errors)")
                let noDirectory = try await runProgram("swiftflow", ["node", "--key", "x", "--url", cluster.url, "--dags", "/nowhere"])
                #expect(noDirectory.exitCode == 2 && noDirectory.errors.contains("/nowhere"), "\(noDirectory.errors)")
            }
        }
    }
}
