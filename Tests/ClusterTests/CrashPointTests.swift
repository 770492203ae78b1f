import Engine
import Foundation
import Testing
import Workflow

extension RealClusters {
    /// A process that dies between two writes, at each place where that can be (`CrashPoint`). What it left is enough for the next one to go on, and nothing that was finished is done again.
    @Suite("Death at every place between two writes", .serialized, .timeLimit(.minutes(2)))
    struct CrashPointTests {
        /// Places that the first owner of a run, who leads as well, comes to.
        private static let first: [CrashPoint] = [
            .beforeAssign, .afterAssign, .beforeTake, .beforeRun, .afterRun, .beforeBatch, .afterTraces, .afterTasks, .afterBatch,
            .beforeRelease,
        ]
        /// Places that only whoever takes a run over comes to.
        private static let second: [CrashPoint] = [
            .beforeDeclareDead, .afterDeclareDead, .beforeRaise, .afterRaise, .beforeMark, .afterMark,
        ]
        /// Places on the way out.
        private static let last: [CrashPoint] = [
            .beforeDrain, .afterDrain, .beforeHandBack, .afterHandBack, .beforeResign, .beforeLeave, .afterLeave,
        ]

        @Test("every crash point is tried here, or says why not")
        func complete() {
            // A run is claimed again only after a call with an unknown outcome, which the simulation makes.
            let elsewhere: Set<CrashPoint> = [.beforeClaimAgain, .afterClaimAgain]
            #expect(Set(CrashPoint.allCases).subtracting(elsewhere) == Set(Self.first + Self.second + Self.last))
        }

        @Test("the owner dies, and another goes on", arguments: first)
        func owner(_ point: CrashPoint) async throws {
            try await Cluster.with { cluster in
                let doomed = try await cluster.node("worker-1", lease: "1s", environment: ["SWIFTFLOW_DIE_AT": point.rawValue])
                try await submit(cluster)
                #expect(await doomed.exitCode() == -SIGKILL)
                try await cluster.node("worker-2", lease: "1s")
                try await finishes(cluster)
            }
        }

        @Test(
            "the owner dies at its third task's record, and what was finished before stays finished",
            arguments: [CrashPoint.afterTraces, .afterTasks, .afterBatch])
        func later(_ point: CrashPoint) async throws {
            try await Cluster.with { cluster in
                let doomed = try await cluster.node("worker-1", lease: "1s", environment: ["SWIFTFLOW_DIE_AT": "\(point.rawValue):3"])
                try await submit(cluster)
                #expect(await doomed.exitCode() == -SIGKILL)
                try await cluster.node("worker-2", lease: "1s")
                let effects = try await finishes(cluster)
                #expect(effects.count { $0.hasPrefix("a ") } == 1)
            }
        }

        @Test("whoever takes the run over dies as well, and a third goes on", arguments: second)
        func successor(_ point: CrashPoint) async throws {
            try await Cluster.with { cluster in
                let doomed = try await cluster.node("worker-1", lease: "1s", environment: ["SWIFTFLOW_DIE_AT": "afterTasks"])
                try await submit(cluster)
                #expect(await doomed.exitCode() == -SIGKILL)
                let next = try await cluster.node("worker-2", lease: "1s", environment: ["SWIFTFLOW_DIE_AT": point.rawValue])
                #expect(await next.exitCode() == -SIGKILL)
                try await cluster.node("worker-3", lease: "1s")
                let effects = try await finishes(cluster)
                #expect(effects.count { $0.hasPrefix("a ") } == 1, "what was durable before the first death is not done again: \(effects)")
            }
        }

        @Test("a node that is told to stop dies on its way out, and another goes on", arguments: last)
        func stopping(_ point: CrashPoint) async throws {
            try await Cluster.with { cluster in
                let doomed = try await cluster.node(
                    "worker-1", ["--grace-period", "0s"], lease: "1s", environment: ["SWIFTFLOW_DIE_AT": point.rawValue])
                let began = try cluster.pipe("began")
                try await submit(cluster, began: began)
                _ = await began.read()
                doomed.send(SIGTERM)
                #expect(await doomed.exitCode() == -SIGKILL)
                try await cluster.node("worker-2", lease: "1s")
                try await finishes(cluster)
            }
        }

        /// Three tasks in a row that each leave a line outside; the last one waits at its first attempt where a test wants it to.
        private func submit(_ cluster: Cluster, began: NamedPipe? = nil) async throws {
            let line = #"echo "$SWIFTFLOW_TASK_ID $SWIFTFLOW_FENCING_TOKEN.$SWIFTFLOW_ATTEMPT" >> effects; echo "a line for the trace""#
            let wait = began.map { "; if [ \"$SWIFTFLOW_FENCING_TOKEN\" = 1 ]; then echo go > \($0.path); sleep 60; fi" } ?? ""
            try await cluster.succeed(
                "dag", "apply",
                try cluster.write(
                    "three.yaml",
                    """
                    id: three
                    tasks:
                      - {id: a, action: shell, params: {cwd: "\(cluster.folder.path)", script: '\(line)'}}
                      - {id: b, action: shell, dependOn: [a], params: {cwd: "\(cluster.folder.path)", script: '\(line)'}}
                      - {id: c, action: shell, dependOn: [b], params: {cwd: "\(cluster.folder.path)", script: '\(line)\(wait)'}}
                    """))
            try await cluster.succeed("run", "three", "--id", "run-1")
        }

        /// The run ends well, and no attempt had the same epoch and number as another.
        @discardableResult
        private func finishes(_ cluster: Cluster) async throws -> [String] {
            try await cluster.succeed("run", "three", "--id", "run-1", "--wait")
            let details = try await cluster.commander.show("run-1")
            #expect(details.instance.status == .success && details.tasks.allSatisfy { $0.status == .success })
            let effects = try cluster.read("effects").split(separator: "\n").map(String.init)
            #expect(Set(effects).count == effects.count, "an attempt ran twice: \(effects)")
            #expect(effects.count <= 5 && Set(effects.map { $0.prefix(1) }) == ["a", "b", "c"], "\(effects)")
            return effects
        }
    }
}
