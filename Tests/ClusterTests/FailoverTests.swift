import Engine
import Foundation
import Testing
import Workflow

/// Real processes need the machine for themselves: one test at a time.
@Suite("Real clusters", .serialized)
enum RealClusters {}

extension RealClusters {
    @Suite("Faults on real processes", .serialized, .timeLimit(.minutes(1)))
    struct FailoverTests {
        /// Three tasks in a row. The middle one says that it began and stays until its worker dies, if that is the first owner. Each counts its side effect in a file.
        private func slowDag(_ cluster: Cluster, started: NamedPipe) throws -> String {
            try cluster.write(
                "slow.yaml",
                """
                id: slow
                tasks:
                  - id: first
                    action: shell
                    params: {command: "echo first >> effects"  , cwd: "\(cluster.folder.path)"}
                  - id: middle
                    action: shell
                    dependOn: first
                    params:
                      cwd: "\(cluster.folder.path)"
                      script: |
                        echo "middle $SWIFTFLOW_ATTEMPT $SWIFTFLOW_FENCING_TOKEN" >> effects
                        if [ "$SWIFTFLOW_FENCING_TOKEN" = 1 ]; then echo "$$" > "\(started.path)"; sleep 60; fi
                  - id: last
                    action: shell
                    dependOn: [middle]
                    params: {command: "echo last >> effects", cwd: "\(cluster.folder.path)"}
                """)
        }

        @Test("kill -9 of the owner: the run goes on elsewhere, finished tasks are not run again, the epoch is higher")
        func ownerKilled() async throws {
            try await Cluster.with { cluster in
                let started = try cluster.pipe("started")
                let nodes = [try await cluster.node("worker-1"), try await cluster.node("worker-2")]
                try await cluster.succeed("dag", "apply", slowDag(cluster, started: started))
                try await cluster.succeed("run", "slow", "--id", "run-1")
                _ = await started.read()
                let before = try #require(try await cluster.commander.instance("run-1"))
                let owner = try #require(nodes.first { $0.name == before.worker })
                owner.send(SIGKILL)
                // The same id again finds the run, and waits for its end.
                try await cluster.succeed("run", "slow", "--id", "run-1", "--wait")

                let effects = try cluster.read("effects").split(separator: "\n").map(String.init)
                #expect(effects.count { $0 == "first" } == 1)
                #expect(effects.count { $0 == "last" } == 1)
                // Whoever dies before `running` is durable leaves no trace of the attempt but the epoch.
                #expect(effects.filter { $0.hasPrefix("middle") }.map { $0.last } == ["1", "2"])
                let after = try await cluster.commander.show("run-1")
                #expect(after.instance.status == .success)
                #expect(after.instance.version.epoch > before.version.epoch)
                #expect(after.instance.worker != before.worker)
                #expect(after.tasks.first { $0.taskId == "middle" }.map { $0.version.epoch > before.version.epoch } == true)
            }
        }

        @Test("kill -9 of the leader: another leads in a higher term, and runs go on")
        func leaderKilled() async throws {
            try await Cluster.with { cluster in
                let nodes = [try await cluster.node("worker-1"), try await cluster.node("worker-2")]
                let gate = try cluster.pipe("gate")
                try cluster.write(
                    "gated.yaml",
                    """
                    id: gated
                    tasks:
                      - {id: wait, action: shell, params: {command: "read line < '\(gate.path)'"}}
                      - {id: done, action: print, dependOn: wait, params: {message: done}}
                    """)
                try await cluster.succeed("dag", "apply", "gated.yaml")
                let leader = try await firstLeader(cluster)
                let killed = try #require(nodes.first { $0.name == leader.key })
                killed.send(SIGKILL)
                _ = await killed.exitCode()
                try await cluster.succeed("run", "gated", "--id", "after")
                await gate.open()
                try await cluster.succeed("run", "gated", "--id", "after", "--wait")
                let next = try #require(try await cluster.commander.nodes().leader)
                #expect(next.key != leader.key)
                #expect(next.term > leader.term)
            }
        }

        /// The leader, as soon as there is one; every node campaigns right after it has joined.
        private func firstLeader(_ cluster: Cluster) async throws -> Leadership {
            while true {
                if let leader = try await cluster.commander.nodes().leader { return leader }
                await Task.yield()
            }
        }

        @Test("a second process under a live key is refused, and says who has it")
        func keyTaken() async throws {
            try await Cluster.with { cluster in
                let first = try await cluster.node("worker-1")
                let second = try cluster.startNode("worker-1")
                #expect(await second.exitCode() == 4)
                #expect(second.log.contains("a node with the key 'worker-1' is alive already"))
                #expect(second.log.contains("pid \(first.pid)"))
                #expect(!first.hasEnded)
            }
        }

        @Test("a worker that is killed and started again under its key takes its runs up where they were")
        func restartUnderSameKey() async throws {
            try await Cluster.with { cluster in
                let started = try cluster.pipe("started")
                let first = try await cluster.node("worker-1")
                try await cluster.succeed("dag", "apply", slowDag(cluster, started: started))
                try await cluster.succeed("run", "slow", "--id", "run-1")
                _ = await started.read()
                first.send(SIGKILL)
                _ = await first.exitCode()
                try await cluster.node("worker-1")
                try await cluster.succeed("run", "slow", "--id", "run-1", "--wait")
                let effects = try cluster.read("effects").split(separator: "\n")
                #expect(effects.count { $0 == "first" } == 1)
                #expect(effects.count { $0.hasPrefix("middle") } == 2)
            }
        }

        @Test("SIGSTOP of the owner beyond its lease: when it wakes it has lost the run, and nothing of it lands")
        func ownerStopped() async throws {
            try await Cluster.with { cluster in
                let started = try cluster.pipe("started")
                let nodes = [try await cluster.node("worker-1"), try await cluster.node("worker-2")]
                try await cluster.succeed("dag", "apply", slowDag(cluster, started: started))
                try await cluster.succeed("run", "slow", "--id", "run-1")
                _ = await started.read()
                let before = try #require(try await cluster.commander.instance("run-1"))
                let owner = try #require(nodes.first { $0.name == before.worker })
                owner.send(SIGSTOP)
                try await cluster.succeed("run", "slow", "--id", "run-1", "--wait")
                let ended = try await cluster.commander.show("run-1")
                owner.send(SIGCONT)
                #expect(await owner.line(containing: "the session is lost, joining anew"))
                #expect(try await cluster.commander.show("run-1") == ended)
                #expect(try cluster.read("effects").split(separator: "\n").count { $0.hasPrefix("middle") } == 2)
            }
        }

        @Test("SIGTERM: what runs is finished or handed back at once, the other worker goes on, and the exit code is 0")
        func gracefulStop() async throws {
            try await Cluster.with { cluster in
                let started = try cluster.pipe("started")
                let nodes = [
                    try await cluster.node("worker-1", ["--grace-period", "200ms"], lease: "20s"),
                    try await cluster.node("worker-2", ["--grace-period", "200ms"], lease: "20s"),
                ]
                try await cluster.succeed("dag", "apply", slowDag(cluster, started: started))
                try await cluster.succeed("run", "slow", "--id", "run-1")
                _ = await started.read()
                let before = try #require(try await cluster.commander.instance("run-1"))
                let owner = try #require(nodes.first { $0.name == before.worker })
                let began = ContinuousClock.now
                owner.send(SIGTERM)
                #expect(await owner.exitCode() == 0)
                try await cluster.succeed("run", "slow", "--id", "run-1", "--wait")
                #expect(ContinuousClock.now - began < .seconds(15), "nobody may have to wait for the lease of 20 s")
                let after = try await cluster.commander.show("run-1")
                #expect(after.instance.worker != before.worker)
                #expect(try cluster.read("effects").split(separator: "\n").count { $0 == "first" } == 1)
            }
        }
    }
}
