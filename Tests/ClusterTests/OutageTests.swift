import BSON
import Engine
import Foundation
import Glibc
import MongoDriver
import Swiftflow
import Testing
import Workflow

/// How long MongoDB is away, in seconds: more than a lease, or as SWIFTFLOW_OUTAGE_SECONDS says.
private let outageSeconds = ProcessInfo.processInfo.environment["SWIFTFLOW_OUTAGE_SECONDS"].flatMap(Double.init) ?? 8
/// The nodes' lease, in seconds.
private let lease = 3.0

extension RealClusters {
    @Suite("MongoDB goes away", .serialized, .timeLimit(.minutes(2 + Int(outageSeconds / 60))))
    struct OutageTests {
        /// How it goes away: connections are refused, or nobody answers.
        enum Outage: String, CaseIterable, Sendable { case killed, frozen }

        @Test(
            "nodes stay up at rest, fence themselves, and are back within two leases; what was acknowledged is there",
            arguments: Outage.allCases)
        func comesBack(_ outage: Outage) async throws {
            try await OwnServer.with { server in
                try await Cluster.with(server: server.url) { cluster in
                    let scene = try await Scene(cluster)
                    let acknowledged = try await scene.submit(until: { try await strike(outage, server) })
                    let before = scene.nodes.map { (cpu: ProcessTable.processorSeconds($0.pid), lines: $0.lineCount) }
                    // The outage itself, which is what this test is about.
                    try await Task.sleep(for: .seconds(outageSeconds))
                    for (node, before) in zip(scene.nodes, before) {
                        #expect(!node.hasEnded, "\(node.name) ended:\n\(node.log)")
                        let used = try #require(ProcessTable.processorSeconds(node.pid)) - (try #require(before.cpu))
                        print("\(outage.rawValue), \(node.name): \(used) s of processor time, \(node.lineCount - before.lines) lines")
                        #expect(used < 0.05 * outageSeconds, "\(node.name) used \(used) s of processor time in \(outageSeconds) s")
                    }
                    #expect(!scene.processes.contains(where: ProcessTable.runs), "what a fenced node ran must have ended")

                    let returned = try await end(outage, server, cluster)
                    for status in try await scene.rejoined() {
                        let wait = status.joinedAt.timeIntervalSince(returned)
                        print("\(outage.rawValue), \(status.node.key): back after \(wait) s")
                        #expect(wait < 2 * lease, "\(status.node.key) was back after \(wait) s")
                    }
                    for (node, before) in zip(scene.nodes, before) {
                        #expect(node.lineCount - before.lines < 200 * max(1, Int(outageSeconds / 60)), "\(node.name):\n\(node.log)")
                    }
                    try await scene.expectEnds(of: acknowledged)
                }
            }
        }

        private func strike(_ outage: Outage, _ server: OwnServer) async throws {
            switch outage {
            case .killed: await server.kill()
            case .frozen: server.send(SIGSTOP)
            }
        }

        /// - Returns: since when it takes writes again.
        private func end(_ outage: Outage, _ server: OwnServer, _ cluster: Cluster) async throws -> Date {
            switch outage {
            case .frozen:
                server.send(SIGCONT)
                return Date()
            case .killed:
                try await server.start()
                let term = try await TestDatabase.run(cluster.url) { connection, _ in
                    try connection.command("admin", ["replSetGetStatus": 1], isRead: true)[
                        path: "electionCandidateMetrics", "newTermStartDate"]
                }
                guard case .date(let date) = term else {
                    throw StoreError(.malformed, "the server does not say since when it is the primary")
                }
                return Date(timeIntervalSince1970: Double(date.milliseconds) / 1_000)
            }
        }
    }
}

/// Nodes with work under way: a task that must not run twice, one that may, and runs that go quickly.
private struct Scene {
    let cluster: Cluster
    let nodes: [LoggedProcess]
    /// What the long tasks run.
    let processes: [Int32]
    private let sessions: Set<String>

    init(_ cluster: Cluster) async throws {
        self.cluster = cluster
        let started = try cluster.pipe("started")
        for (id, policy) in [("once", "onWorkerLost: fail, "), ("again", "")] {
            try cluster.write(
                "\(id).yaml",
                """
                id: \(id)
                tasks:
                  - {id: only, action: shell, \(policy)params: {command: "echo \(id) >> effects; [ $SWIFTFLOW_FENCING_TOKEN = 1 ] || exit 0; echo $$ > '\(started.path)'; exec sleep 3600", cwd: "\(cluster.folder.path)"}}
                """)
        }
        try cluster.write("quick.yaml", "{id: quick, tasks: [{id: only, action: print, params: {message: here}}]}")
        for id in ["once", "again", "quick"] { try await cluster.succeed("dag", "apply", "\(id).yaml") }
        nodes = [
            try await cluster.node("worker-1", lease: "\(lease)s"),
            try await cluster.node("worker-2", lease: "\(lease)s"),
        ]
        var processes: [Int32] = []
        for id in ["once", "again"] {
            try await cluster.succeed("run", id, "--id", id)
            processes.append(try #require(Int32(await started.read().trimmingCharacters(in: .whitespacesAndNewlines))))
        }
        self.processes = processes
        sessions = Set(try await cluster.commander.nodes().nodes.map(\.session))
    }

    /// Submits quick runs one after the other, and lets `strike` happen amid them.
    /// - Returns: the ids of those that were acknowledged.
    func submit(until strike: @escaping @Sendable () async throws -> Void) async throws -> [String] {
        let (ids, continuation) = AsyncStream.makeStream(of: String.self)
        let commander = cluster.commander
        let submitter = Task {
            for number in 0..<200 {
                guard !Task.isCancelled, (try? await commander.run(dagId: "quick", id: "quick-\(number)")) != nil else { break }
                continuation.yield("quick-\(number)")
            }
            continuation.finish()
        }
        defer { submitter.cancel() }
        var acknowledged: [String] = []
        for await id in ids {
            acknowledged.append(id)
            // What is being submitted at that moment may be there or not: it is not waited for.
            if acknowledged.count == 20 { break }
        }
        #expect(acknowledged.count == 20)
        try await strike()
        return acknowledged
    }

    /// Waits until every node lives under a new session.
    func rejoined() async throws -> [NodeStatus] {
        while true {
            if let found = try? await cluster.commander.nodes().nodes.filter({ $0.takesWork && !sessions.contains($0.session) }),
                found.count == nodes.count
            {
                return found
            }
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    /// Waits until all runs have ended, and compares with what their tasks' policies say.
    func expectEnds(of acknowledged: [String]) async throws {
        for id in acknowledged + ["again"] { #expect(try await ended(id).instance.status == .success, "\(id)") }
        let once = try await ended("once")
        #expect(once.instance.status == .failed)
        #expect(once.tasks.first?.reason.contains("onWorkerLost: fail") == true, "\(once)")
        let effects = try cluster.read("effects").split(separator: "\n")
        #expect(effects.count { $0 == "once" } == 1)
        #expect(effects.count { $0 == "again" } == 2)
    }

    private func ended(_ id: String) async throws -> RunDetails {
        while true {
            let details = try await cluster.commander.show(id)
            if details.instance.status.isFinal { return details }
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}
