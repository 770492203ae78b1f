import Foundation
import Glibc
import Testing
import Workflow

extension RealClusters {
    @Suite("Shell tasks of a worker that dies", .serialized, .timeLimit(.minutes(1)))
    struct ShellChildrenTests {
        private struct RunningTask {
            var node: LoggedProcess
            var processes: [Int32]
            var go: NamedPipe
            var answer: NamedPipe
        }

        /// Runs a task on a node, which writes the ids of its processes into `started`.
        private func withTask(_ script: String, _ body: (RunningTask) async throws -> Void) async throws {
            try await Cluster.with { cluster in
                let (started, go, answer) = (try cluster.pipe("started"), try cluster.pipe("go"), try cluster.pipe("answer"))
                let node = try await cluster.node("worker-1")
                try cluster.write(
                    "children.yaml",
                    """
                    id: children
                    tasks:
                      - id: only
                        action: shell
                        params:
                          cwd: "\(cluster.folder.path)"
                          script: |
                    \(script.split(separator: "\n").map { "        \($0)" }.joined(separator: "\n"))
                    """)
                try await cluster.succeed("dag", "apply", "children.yaml")
                try await cluster.succeed("run", "children", "--id", "run-1")
                let processes = await started.read().split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
                defer { for process in processes where isRunning(process) { kill(process, SIGKILL) } }
                try await body(RunningTask(node: node, processes: processes, go: go, answer: answer))
            }
        }

        /// Whether all have ended within two seconds.
        private func end(_ processes: [Int32]) async -> Bool {
            let end = ContinuousClock.now + .seconds(2)
            while processes.contains(where: isRunning) {
                guard ContinuousClock.now < end else { return false }
                await Task.yield()
            }
            return true
        }

        @Test("kill -9 of the worker ends the command and what it has started, also what ignores SIGTERM")
        func killed() async throws {
            let script = """
                (trap '' TERM; exec sleep 300) &
                stubborn=$!
                sleep 300 &
                echo $$ $! $stubborn > started
                exec sleep 300
                """
            try await withTask(script) { task in
                #expect(task.processes.count == 3 && task.processes.allSatisfy(isRunning))
                task.node.send(SIGKILL)
                #expect(await end(task.processes))
            }
        }

        @Test("a worker that is only stopped leaves its commands running")
        func stopped() async throws {
            let script = """
                echo $$ > started
                read line < go
                echo "still here" > answer
                exec sleep 300
                """
            try await withTask(script) { task in
                task.node.send(SIGSTOP)
                await task.go.open()
                #expect(await task.answer.read() == "still here\n")
                task.node.send(SIGKILL)
                #expect(await end(task.processes))
            }
        }
    }
}

/// Whether a process runs. One that has ended and waits to be reaped does not.
private func isRunning(_ pid: Int32) -> Bool {
    guard kill(pid, 0) == 0, let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
    return status.split(separator: ")").last.map { !$0.hasPrefix(" Z") } ?? false
}
