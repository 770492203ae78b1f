import Engine
import Foundation
import Testing
import Workflow

@testable import Actions

@Suite("shell: cancellation", .timeLimit(.minutes(1)))
struct ShellCancellationTests {
    /// Runs a script, cancels it when it has written `ready`, and gives the numbers that it wrote: ids of its processes.
    private func cancel(_ trial: ActionTrial, _ params: [String: Value]) async throws -> [Int32] {
        let work = Task { try await trial.shell(params) }
        for await line in trial.lines where line.message == "ready" { break }
        work.cancel()
        await #expect(throws: CancellationError.self) { try await work.value }
        return trial.messages.compactMap { Int32($0) }
    }

    @Test("all processes of the group end, grandchildren included")
    func grandchildren() async throws {
        try await withFolder { folder in
            let script = """
                mkfifo up
                sleep 1000 &
                echo $!
                (sleep 1001 & echo $!; echo > up; wait) &
                echo $!
                read x < up
                echo $$
                echo ready
                wait
                """
            let pids = try await cancel(ActionTrial(), ["script": .string(script), "cwd": .string(folder)])
            #expect(pids.count == 4)
            #expect(pids.filter(isRunning).isEmpty)
        }
    }

    @Test("a process may still write and clean up after SIGTERM")
    func cleanUp() async throws {
        try await withFolder { folder in
            let trial = ActionTrial()
            // More than a pipe holds: it must be read while it ends.
            let script = "trap 'seq 1 50000; touch cleaned; exit 0' TERM\necho ready\nwhile :; do sleep 0.05; done"
            _ = try await cancel(trial, ["script": .string(script), "cwd": .string(folder), "killAfter": "30s"])
            #expect(FileManager.default.fileExists(atPath: "\(folder)/cleaned"))
            #expect(trial.messages.contains("50000"))
            #expect(!trial.messages.contains { $0.contains("SIGKILL") })
        }
    }

    @Test("what ignores SIGTERM is killed after killAfter")
    func ignoresTerm() async throws {
        let trial = ActionTrial()
        let pids = try await cancel(
            trial,
            ["script": "trap '' TERM\necho $$\nsleep 1000 &\necho $!\necho ready\nwhile :; do sleep 1000; done", "killAfter": "100ms"])
        #expect(pids.count == 2)
        #expect(pids.filter(isRunning).isEmpty)
        #expect(trial.messages.contains { $0.contains("SIGKILL") })
    }

    @Test("a child that ignores SIGTERM does not outlive a parent that does not")
    func childIgnoresTerm() async throws {
        let trial = ActionTrial()
        let pids = try await cancel(
            trial,
            ["script": "sh -c 'trap \"\" TERM; echo $$; echo ready; while :; do sleep 1000; done' &\necho $$\nwait", "killAfter": "100ms"])
        #expect(pids.count >= 1)
        #expect(pids.filter(isRunning).isEmpty)
        #expect(trial.messages.contains { $0.contains("SIGKILL") })
    }

    @Test("an attempt that is cancelled already starts nothing")
    func early() async throws {
        try await withFolder { folder in
            let trial = ActionTrial()
            let (gate, opened) = AsyncStream.makeStream(of: Void.self)
            let work = Task {
                for await _ in gate {}
                try await trial.shell(["command": "touch started", "cwd": .string(folder)])
            }
            work.cancel()
            opened.finish()
            await #expect(throws: CancellationError.self) { try await work.value }
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/started"))
        }
    }

    @Test("cancelling at any moment leaves nothing running", arguments: 0..<20)
    func anyMoment(round: Int) async throws {
        let trial = ActionTrial()
        let work = Task { try await trial.shell(["command": "echo $$; sleep 1000", "killAfter": "1s"]) }
        for _ in 0..<(round * round * 20) { await Task.yield() }
        work.cancel()
        await #expect(throws: CancellationError.self) { try await work.value }
        #expect(trial.messages.compactMap { Int32($0) }.filter(isRunning).isEmpty)
    }

    @Test("many commands at once do not disturb each other")
    func many() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let trial = ActionTrial()
                    try await trial.shell(["command": ["echo", .int(Int64(number))]])
                    return trial.messages == ["\(number)"]
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }
}
