import Engine
import Foundation
import Testing
import Workflow

@testable import Actions

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#endif

@Suite("shell: what it runs and what it leaves")
struct ShellActionTests {
    @Test("lines of a command go into the trace, those of standard error as warnings")
    func command() async throws {
        let trial = ActionTrial()
        try await trial.shell(["command": "echo one; echo two; echo oops >&2; printf last"])
        #expect(trial.traced.filter { $0.level == .info }.map(\.message) == ["one", "two", "last"])
        #expect(trial.traced.filter { $0.level == .warning }.map(\.message) == ["oops"])
        #expect(trial.output == ["exitCode": 0, "stdout": "one\ntwo\nlast"])
    }

    @Test("lines are there while the command still runs", .timeLimit(.minutes(1)))
    func live() async throws {
        try await withFolder { folder in
            let trial = ActionTrial()
            // The command goes on only after its first line was seen here.
            async let done: Void = trial.shell(["command": "mkfifo go; echo ready; read x < go; echo got $x", "cwd": .string(folder)])
            for await line in trial.lines where line.message == "ready" { break }
            try await trial.context.blocking.run { try Data("on\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/go")) }
            try await done
            #expect(trial.messages == ["ready", "got on"])
        }
    }

    @Test("a list is a program with its arguments, and no shell sees them")
    func list() async throws {
        let trial = ActionTrial()
        try await trial.shell(["command": ["printf", "%s|", "a b", "$HOME", "*", 5, true]])
        #expect(trial.messages == ["a b|$HOME|*|5|true|"])
    }

    @Test("a script runs line by line, by another shell where one is named")
    func script() async throws {
        let trial = ActionTrial()
        try await trial.shell(["script": "x=1\nfalse\necho $((x + 1))\n"])
        try await trial.shell(["script": "words=(a b c)\necho ${#words[@]}", "shell": "bash"])
        #expect(trial.messages == ["2", "3"])
    }

    @Test("env is added to what the node has, and the ids of the attempt are there")
    func environment() async throws {
        let trial = ActionTrial()
        try await trial.shell([
            "script": """
            echo $GREETING $PORT ${PATH:+path}
            echo $SWIFTFLOW_RUN_ID $SWIFTFLOW_DAG_ID $SWIFTFLOW_TASK_ID $SWIFTFLOW_ATTEMPT $SWIFTFLOW_FENCING_TOKEN
            """,
            "env": ["GREETING": "hé llo", "PORT": 8080, "SWIFTFLOW_ATTEMPT": "99"],
        ])
        #expect(trial.messages == ["hé llo 8080 path", "run-1 dag-1 task-1 2 7"])
    }

    @Test("cwd is where it runs, also for a relative program")
    func folder() async throws {
        try await withFolder { folder in
            try Data("#!/bin/sh\npwd\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/here"))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder)/here")
            let trial = ActionTrial()
            try await trial.shell(["command": ["./here"], "cwd": .string(folder)])
            #expect(trial.messages == [folder])
        }
    }

    @Test("stdin is read where it is given, and is empty elsewhere")
    func stdin() async throws {
        let trial = ActionTrial()
        try await trial.shell(["command": "cat", "stdin": "one\ntwo\n"])
        try await trial.shell(["command": "cat; echo end"])
        #expect(trial.messages == ["one", "two", "end"])
    }

    @Test("a command that does not read its input is not disturbed by it")
    func unreadStdin() async throws {
        let trial = ActionTrial()
        try await trial.shell(["command": "exec <&-; echo fine", "stdin": .string(String(repeating: "x\n", count: 500_000))])
        #expect(trial.messages == ["fine"])
    }

    @Test("no open file of the node reaches the process")
    func descriptors() async throws {
        let pipe = Pipe()
        let trial = ActionTrial()
        try await trial.shell(["command": "ls /proc/self/fd | wc -l"])
        // Its three streams, and the folder that ls itself reads.
        #expect(trial.messages == ["4"])
        try pipe.fileHandleForReading.close()
    }

    @Test("JSON on standard output can be used by later tasks")
    func json() async throws {
        let trial = ActionTrial()
        try await trial.shell(["command": #"printf '{"rows": 3,\n "rate": 0.5, "ok": true, "none": null, "list": ["a"]}\n'"#])
        #expect(trial.output?.objectValue?["json"] == ["rows": 3, "rate": 0.5, "ok": true, "none": nil, "list": ["a"]])
    }

    @Test(
        "JSON is the whole output, or else its last line if that is an object or a list",
        arguments: [
            ("echo 42", 42), ("echo '\"text\"'", "text"), ("echo working; echo '{\"rows\": 3}'; echo", ["rows": 3]),
            ("echo a; echo '[1]'", [1]),
            ("echo a; echo 5", nil as Value?), ("echo done", nil), ("true", nil), ("echo '{\"a\":1} trailing'", nil),
        ] as [(String, Value?)])
    func jsonChoice(command: String, expected: Value?) async throws {
        let trial = ActionTrial()
        try await trial.shell(["command": .string(command)])
        #expect(trial.output?.objectValue?["json"] == expected)
    }

    @Test("JSON that is too large for an output is left out, which the trace says")
    func largeJSON() async throws {
        let trial = ActionTrial()
        try await trial.shell(["script": "printf '[\"'; head -c 1040000 /dev/zero | tr '\\0' x; printf '\"]'"])
        #expect(trial.output?.objectValue?["stdout"] != nil)
        #expect(trial.output?.objectValue?["json"] == nil)
        #expect(trial.messages.contains { $0.hasPrefix("the JSON of standard output is not kept") })
    }

    @Test("another exit code fails with the last lines of standard error")
    func exitCode() async throws {
        let trial = ActionTrial()
        let reason = await trial.failure {
            try await trial.shell(["command": "for i in 1 2 3 4 5 6 7; do echo problem $i >&2; done; exit 3"])
        }
        #expect(reason == "exited with code 3: problem 3\nproblem 4\nproblem 5\nproblem 6\nproblem 7")
        #expect(trial.output?.objectValue?["exitCode"] == 3)
    }

    @Test("exit codes that count as success can be named")
    func successCodes() async throws {
        try await ActionTrial().shell(["command": "exit 3", "successCodes": [0, 3]])
        try await ActionTrial().shell(["command": "exit 3", "successCodes": 3])
        let trial = ActionTrial()
        #expect(await trial.failure { try await trial.shell(["command": "exit 0", "successCodes": [3]]) } == "exited with code 0")
    }

    @Test("a process that a signal ends says which")
    func endedBySignal() async throws {
        let trial = ActionTrial()
        #expect(await trial.failure { try await trial.shell(["command": "kill -9 $$"]) } == "was ended by signal 9")
    }

    @Test("signals that the node ignores are not ignored by the process")
    func ignoredSignal() async throws {
        let before = signal(SIGTERM, SIG_IGN)
        defer { _ = signal(SIGTERM, before) }
        let trial = ActionTrial()
        #expect(await trial.failure { try await trial.shell(["command": "kill -TERM $$; echo survived"]) } == "was ended by signal 15")
    }

    @Test(
        "wrong parameters fail with the name of what is wrong",
        arguments: [
            ([:], "give a 'command' or a 'script'"), (["command": "a", "script": "b"], "not both"),
            (["command": ""], "params.command is empty"),
            (["command": []], "names no program"), (["command": "a", "shell": "bash"], "only for 'script'"),
            (["command": ["a": 1]], "params.command"),
            (["command": ["a", ["b"]]], "params.command"), (["comand": "a"], "did you mean 'command'"), (["command": "a\0b"], "NUL"),
            (["command": "a", "env": ["A=B": "c"]], "'A=B' cannot be the name"),
            (["command": "a", "env": ["1A": "c"]], "'1A' cannot be the name"),
            (["command": "a", "killAfter": "soon"], "params.killAfter: 'soon' is not a time"),
            (["command": "a", "successCodes": []], "params.successCodes"),
            (["command": "a", "successCodes": ["x"]], "params.successCodes[0]"),
            (["command": "true", "cwd": "/no/such/folder"], "params.cwd: cannot enter the folder '/no/such/folder' (No such file"),
            (["command": "true", "cwd": "/etc/passwd"], "params.cwd: cannot enter the folder '/etc/passwd'"),
            (["command": ["no-such-program-here"]], "the program 'no-such-program-here' is not in any folder of PATH"),
            (["command": ["/no/such/program"]], "the program '/no/such/program' does not exist"),
            (["command": ["/etc/passwd"]], "the program '/etc/passwd' does not exist or cannot be executed"),
            (["script": "true", "shell": "/bin/nosh"], "the program '/bin/nosh' does not exist"),
            (["script": .string("#" + String(repeating: "x", count: 3 << 20))], "longer than the system allows"),
        ] as [([String: Value], String)])
    func wrong(params: [String: Value], message: String) async throws {
        let trial = ActionTrial()
        let reason = await trial.failure { try await trial.shell(params) }
        #expect(reason?.contains(message) == true, "\(reason ?? "it succeeded")")
    }

    @Test("a missing command of a shell is named in the reason")
    func missingCommand() async throws {
        let trial = ActionTrial()
        let reason = await trial.failure { try await trial.shell(["command": "no-such-program-here"]) }
        #expect(reason?.hasPrefix("exited with code 127: ") == true)
        #expect(reason?.contains("no-such-program-here") == true)
    }
}
