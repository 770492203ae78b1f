import Engine
import Foundation
import Testing
import Workflow

extension RealClusters {
    @Suite("What signals do to a node", .serialized, .timeLimit(.minutes(1)))
    struct StopSignalTests {
        @Test("a second SIGTERM cancels what runs; the run is handed back and goes on elsewhere without waiting for a lease")
        func secondSignal() async throws {
            try await Cluster.with { cluster in
                let began = try cluster.pipe("began")
                let first = try await cluster.node("worker-1", ["--grace-period", "50s"], lease: "20s")
                try await submit(cluster, began)
                _ = await began.read()
                first.send(SIGTERM)
                #expect(await first.line(containing: "stopping"))
                first.send(SIGTERM)
                #expect(await first.exitCode() == 0)
                let handedBack = try #require(try await cluster.commander.instance("run-1"))
                #expect(handedBack.status == .`init` && handedBack.session == nil)
                try await cluster.node("worker-2", lease: "20s")
                try await cluster.succeed("run", "long", "--id", "run-1", "--wait")
            }
        }

        @Test("a drained node gives its runs away and stays; commander says so")
        func drained() async throws {
            try await Cluster.with { cluster in
                try await cluster.node("worker-1", lease: "1s")
                try await cluster.node("worker-2", lease: "1s")
                #expect(try await cluster.succeed("drain", "worker-1", "--wait").contains("is empty"))
                #expect(try await cluster.succeed("nodes").contains("draining"))
                try await cluster.succeed(
                    "dag", "apply", try cluster.write("p.yaml", "id: p\ntasks: [{id: t, action: print, params: {message: hi}}]\n"))
                for _ in 0..<3 { try await cluster.succeed("run", "p", "--wait") }
                #expect(try await cluster.commander.list(.init()).elements.allSatisfy { $0.worker == "worker-2" })
                #expect(try await cluster.succeed("drain", "worker-1", "--undo").contains("takes work again"))
                #expect(try await cluster.command("drain", "worker-9").exitCode != 0)
            }
        }

        private func submit(_ cluster: Cluster, _ began: NamedPipe) async throws {
            try await cluster.succeed(
                "dag", "apply",
                try cluster.write(
                    "long.yaml",
                    """
                    id: long
                    tasks:
                      - id: t
                        action: shell
                        params:
                          script: |
                            if [ "$SWIFTFLOW_FENCING_TOKEN" = 1 ]; then echo go > \(began.path); sleep 45; fi
                    """))
            try await cluster.succeed("run", "long", "--id", "run-1")
        }
    }
}
