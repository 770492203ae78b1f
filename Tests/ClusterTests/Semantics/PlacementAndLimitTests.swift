import Engine
import Foundation
import Testing
import Workflow

extension RealClusters {
    @Suite("Placement and limits on real processes", .serialized, .timeLimit(.minutes(1)))
    struct PlacementAndLimitTests {
        /// A task for nodes with `disk=ssd`. Whoever is the first to run it stays until `go` is written to.
        private func placed(_ cluster: Cluster, _ started: NamedPipe, _ go: NamedPipe) async throws {
            try await cluster.apply(
                """
                id: placed
                tasks:
                  - id: far
                    action: shell
                    worker: {disk: ssd}
                    params:
                      cwd: "\(cluster.folder.path)"
                      command: 'echo far >> effects; if mkdir first; then echo > "\(started.path)"; read x < "\(go.path)"; fi; echo done'
                  - {id: near, action: print, dependOn: far, params: {message: "{{tasks.far.output.stdout}}"}}
                """)
        }

        private func nodes(_ cluster: Cluster, owners: Int, disks: Int) async throws -> [LoggedProcess] {
            var nodes: [LoggedProcess] = []
            for number in 0..<owners { nodes.append(try await cluster.node("owner-\(number)")) }
            for number in 0..<disks { nodes.append(try await cluster.node("disk-\(number)", ["--label", "disk=ssd"])) }
            return nodes
        }

        /// Starts the run while only nodes without the label take anything, and lets the others take its task.
        private func submit(_ cluster: Cluster, _ nodes: [LoggedProcess]) async throws {
            let disks = nodes.map(\.name).filter { $0.hasPrefix("disk-") }
            for disk in disks { _ = try await cluster.commander.drain(disk) }
            try await cluster.submit("placed", "r")
            try await cluster.until("r") { $0.status("far") == .parked }
            for disk in disks { _ = try await cluster.commander.drain(disk, undo: true) }
        }

        @Test("a task is run by a node with its labels, and by another one when that is killed; the run's owner stays")
        func placedNodeLost() async throws {
            try await Cluster.with { cluster in
                let nodes = try await nodes(cluster, owners: 1, disks: 2)
                let (started, go) = (try cluster.pipe("started"), try cluster.pipe("go"))
                try await placed(cluster, started, go)
                try await submit(cluster, nodes)
                _ = await started.read()
                let first = try #require(try await cluster.commander.list(InstanceQuery()).elements.first { $0.id != "r" }?.worker)
                #expect(first.hasPrefix("disk-"))
                try #require(nodes.first { $0.name == first }).send(SIGKILL)
                let run = try await cluster.ended("r")
                #expect(run.instance.status == .success && run.instance.worker == "owner-0")
                #expect(try run.task("near").output == "done\n")
                #expect(try run.task("far").worker.hasPrefix("disk-") && run.task("far").worker != first)
                #expect(cluster.effects() == ["far", "far"])
            }
        }

        @Test(
            "a task on another node goes on when the run's owner is killed, and its result counts, although the next owner could run it itself"
        )
        func ownerOfPlacedLost() async throws {
            try await Cluster.with { cluster in
                let nodes = try await nodes(cluster, owners: 1, disks: 1)
                let (started, go) = (try cluster.pipe("started"), try cluster.pipe("go"))
                try await placed(cluster, started, go)
                try await submit(cluster, nodes)
                _ = await started.read()
                let owner = try await cluster.owner(of: "r", among: nodes)
                #expect(owner.name == "owner-0")
                owner.send(SIGKILL)
                _ = await owner.exitCode()
                await go.open()
                let run = try await cluster.ended("r")
                #expect(run.instance.status == .success && run.instance.worker == "disk-0")
                #expect(try run.task("far").worker == "disk-0" && run.task("near").output == "done\n")
                #expect(cluster.effects() == ["far"])
            }
        }

        @Test("tasks that may be spread are run by both nodes, and count as no runs of their DAG")
        func spread() async throws {
            try await Cluster.with { cluster in
                _ = try await cluster.twoNodes()
                try await cluster.apply(
                    """
                    id: spread
                    maxConcurrentRuns: 1
                    overlap: skip
                    tasks:
                      - {id: part, action: shell, spread: true, forEach: [1, 2, 3, 4, 5, 6], params: {command: "echo {{item}}"}}
                    """)
                try await cluster.submit("spread", "s")
                let run = try await cluster.ended("s")
                #expect(run.instance.status == .success)
                #expect(Set(run.tasks.filter(run.isItem).map(\.worker)) == ["worker-1", "worker-2"])
                #expect(
                    try run.task("part").output?.arrayValue?.compactMap { $0.objectValue?["stdout"]?.stringValue }
                        == (1...6).map { "\($0)\n" })
            }
        }

        @Test("a pool with one slot has one task at work on two nodes, and a holder that is killed frees it")
        func pool() async throws {
            try await Cluster.with { cluster in
                let nodes = try await cluster.twoNodes()
                try await cluster.commander.setPool("database", slots: 1)
                let started = try cluster.pipe("started")
                try await cluster.apply(
                    """
                    id: migrate
                    tasks:
                      - id: m
                        action: shell
                        pool: database
                        forEach: [1, 2, 3]
                        params:
                          cwd: "\(cluster.folder.path)"
                          command: 'mkdir busy || echo twice >> effects; sleep 0.05; rmdir busy'
                    """)
                for id in ["a", "b"] { try await cluster.submit("migrate", id) }
                for id in ["a", "b"] { #expect(try await cluster.ended(id).instance.status == .success) }
                #expect(cluster.effects() == [])
                try await cluster.apply(
                    """
                    id: holder
                    tasks:
                      - id: h
                        action: shell
                        pool: database
                        params: {cwd: "\(cluster.folder.path)", command: 'if mkdir held; then echo > "\(started.path)"; sleep 60; fi'}
                    """)
                try await cluster.submit("holder", "h")
                _ = await started.read()
                try await cluster.submit("holder", "waits")
                _ = try await cluster.until("waits", .running)
                #expect(try await cluster.commander.why("waits").tasks.first?.reasons == [.poolFull("database", slots: 1)])
                try await cluster.owner(of: "h", among: nodes).send(SIGKILL)
                for id in ["h", "waits"] { #expect(try await cluster.ended(id).instance.status == .success) }
                #expect(try await cluster.commander.pools().first?.holders == [])
            }
        }

        @Test("a DAG of which one run may be under way skips those that are submitted meanwhile, and says so")
        func overlapSkip() async throws {
            try await Cluster.with { cluster in
                _ = try await cluster.twoNodes()
                let (started, gate) = (try cluster.pipe("started"), try cluster.pipe("gate"))
                try await cluster.apply(
                    """
                    id: single
                    maxConcurrentRuns: 1
                    overlap: skip
                    tasks:
                      - {id: a, action: shell, params: {command: "echo > '\(started.path)'; read x < '\(gate.path)'"}}
                    """)
                try await cluster.submit("single", "first")
                _ = await started.read()
                try await cluster.submit("single", "second")
                let skipped = try await cluster.ended("second")
                #expect(skipped.instance.status == .canceled && skipped.instance.reason.contains("overlap"))
                await gate.open()
                #expect(try await cluster.ended("first").instance.status == .success)
            }
        }
    }
}
