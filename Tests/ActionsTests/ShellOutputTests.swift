import Engine
import Foundation
import Testing
import Workflow

@testable import Actions

@Suite("shell: much, binary and endless output", .timeLimit(.minutes(2)))
struct ShellOutputTests {
    @Test("10 MB of lines all arrive, in order")
    func much() async throws {
        let trial = ActionTrial()
        let clock = ContinuousClock()
        let time = try await clock.measure {
            try await trial.shell(["command": "seq -f 'a line of fifty bytes with the number %013.0f ' 1 200000"], traceLimit: 64 << 20)
        }
        let messages = trial.printed
        #expect(messages.count == 200_000)
        #expect(messages.first == "a line of fifty bytes with the number 0000000000001 ")
        #expect(messages.last == "a line of fifty bytes with the number 0000000200000 ")
        #expect(
            trial.messages.last?.hasPrefix("standard output has 10600000 bytes; of it only the last lines, 65536 bytes at most") == true)
        #expect(time < .seconds(30))
        #expect((trial.output?.objectValue?["stdout"]?.stringValue?.utf8.count ?? .max) <= 64 << 10)
    }

    @Test("a line of 10 MB is cut into pieces, none of it lost")
    func longLine() async throws {
        let trial = ActionTrial()
        try await trial.shell(["command": "head -c 10000000 /dev/zero | tr '\\0' x"])
        #expect(trial.printed.reduce(0) { $0 + $1.utf8.count } == 10_000_000)
        #expect(trial.printed.allSatisfy { $0.utf8.count <= 16 << 10 })
    }

    @Test("what an attempt writes above its limit is counted, and the process goes on")
    func limit() async throws {
        let trial = ActionTrial()
        try await trial.shell(["command": "seq 1 100000; echo end >&2; echo '{\"done\": true}'"], traceLimit: 10_000)
        let messages = trial.printed
        #expect(messages.contains { $0.hasPrefix("the trace is full (10000 bytes)") })
        let last = try #require(messages.last)
        #expect(last.hasSuffix("were left out of the trace"))
        let kept = messages.count { Int($0) != nil }
        let left = try #require(Int(last.prefix { $0 != " " }))
        #expect(kept + left >= 100_001 && kept + left <= 100_002)
        #expect(trial.output?.objectValue?["json"] == ["done": true])
    }

    @Test("binary output is repaired, and said to be so once")
    func binary() async throws {
        let trial = ActionTrial()
        try await trial.shell(["command": "head -c 1000000 /dev/urandom; printf '\\nend\\n'"])
        #expect(trial.printed.last == "end")
        #expect(trial.printed.count { $0.contains("not UTF-8") } == 1)
        #expect(trial.output?.objectValue?["stdout"] != nil)
    }

    @Test("what the process leaves behind is ended, and does not hold up the task")
    func leftBehind() async throws {
        let trial = ActionTrial()
        try await trial.shell(["command": "sleep 1000 & echo $!"])
        let pid = try #require(trial.messages.first.flatMap { Int32($0) })
        #expect(!isRunning(pid))
        #expect(trial.messages.contains { $0.contains("left processes running") })
    }

    @Test("what is left behind and never stops writing does not hold up the task either")
    func endlessWriter() async throws {
        try await withFolder { folder in
            let trial = ActionTrial()
            try await trial.shell(["command": "echo $$ > leader; yes & echo", "cwd": .string(folder)], traceLimit: 1000)
            let leader = try String(contentsOfFile: "\(folder)/leader", encoding: .utf8).split(separator: "\n").first
            #expect(!groupIsRunning(try #require(leader.flatMap { Int32($0) })))
        }
    }

    @Test("what is left behind and ignores SIGTERM is killed")
    func stubborn() async throws {
        let trial = ActionTrial()
        try await trial.shell(["script": "trap '' TERM\nsleep 1000 &\necho $!", "killAfter": "100ms"])
        let pid = try #require(trial.messages.compactMap { Int32($0) }.first)
        #expect(!isRunning(pid))
        #expect(trial.messages.contains { $0.contains("SIGKILL") })
    }

    @Test("a process that closes its output is waited for")
    func closedOutput() async throws {
        try await withFolder { folder in
            let trial = ActionTrial()
            let reason = await trial.failure {
                try await trial.shell([
                    "command": "exec >&- 2>&-; head -c 3000000 /dev/zero | md5sum > sum; exit 4", "cwd": .string(folder),
                ])
            }
            #expect(reason == "exited with code 4")
            #expect(FileManager.default.fileExists(atPath: "\(folder)/sum"))
        }
    }
}

extension ActionTrial {
    /// What the process wrote, without what the action says about it at the end.
    fileprivate var printed: [String] { messages.filter { !$0.hasPrefix("standard output has ") } }
}
