import BSON
import Engine
import Foundation
import Glibc
import MongoDriver
import Testing
import Workflow

extension RealClusters {
    @Suite("Hints whose collection is damaged under running nodes", .serialized, .timeLimit(.minutes(1)))
    struct LostHintsTests {
        enum Mishap: String, CaseIterable, Sendable {
            case dropped
            case replaced = "replaced by a plain collection"
            case overrun = "overrun while the nodes are stopped"

            func happen(to signal: Namespace, _ connection: borrowing Connection) throws {
                switch self {
                case .dropped: try connection.dropCollection(signal)
                case .replaced:
                    try connection.dropCollection(signal)
                    try connection.insertOne(signal, ["to": "nobody", "kind": "assigned"])
                case .overrun:
                    let hint: Document = ["to": "nobody", "kind": "assigned", "padding": .string(String(repeating: "x", count: 200))]
                    _ = try connection.bulk(signal, (0..<10_000).map { _ in .insert(hint) })
                }
            }
        }

        @Test("runs are taken and finished, and hints work again by themselves", arguments: Mishap.allCases)
        func survives(_ mishap: Mishap) async throws {
            try await Cluster.with { cluster in
                // A lease that outlasts the stop: the nodes keep their sessions, and with them their streams of hints.
                let nodes = [try await cluster.node("worker-1", lease: "30s"), try await cluster.node("worker-2", lease: "30s")]
                try cluster.write("quick.yaml", "{id: quick, tasks: [{id: only, action: print, params: {message: here}}]}")
                try await cluster.succeed("dag", "apply", "quick.yaml")
                try await cluster.succeed("run", "quick", "--id", "before", "--wait")
                try await streamsAreOpen(cluster, count: nodes.count + 1)
                for node in nodes { node.send(SIGSTOP) }
                // The server answers a stream that waits when there is something for it; else only when the wait is over.
                try await TestDatabase.run(cluster.url) { connection, database in
                    for reader in ["*", "leader"] {
                        try connection.insertOne(Namespace(database, "signal"), ["to": .string(reader), "kind": "leaderGone"])
                    }
                }
                try await cursorsRest(cluster)
                try await TestDatabase.run(cluster.url) { try mishap.happen(to: Namespace($1, "signal"), $0) }
                for node in nodes { node.send(SIGCONT) }
                try await cluster.succeed("run", "quick", "--id", "during", "--wait")
                try await streamsAreOpen(cluster, count: nodes.count + 1)
                try await cluster.succeed("run", "quick", "--id", "after", "--wait")
                #expect(nodes.allSatisfy { !$0.hasEnded && !$0.log.contains("the session is lost") })
            }
        }

        /// Waits until no cursor of the stopped nodes is being served: one that is would keep pace with what is inserted.
        private func cursorsRest(_ cluster: Cluster) async throws {
            while true {
                let isAtRest = try await TestDatabase.run(cluster.url) { connection, database in
                    let question: Document = ["currentOp": 1, "active": true, "op": "getmore", "ns": .string("\(database).signal")]
                    return try connection.command("admin", question, isRead: true)["inprog"]?.arrayValue?.isEmpty == true
                }
                if isAtRest { return }
                try Task.checkCancellation()
                await Task.yield()
            }
        }

        /// Waits until the capped collection shows that every node has opened a stream of it, and the leader one more: each leaves a mark when it does.
        private func streamsAreOpen(_ cluster: Cluster, count: Int) async throws {
            while true {
                let isThere = try await TestDatabase.run(cluster.url) { connection, database in
                    let reply = try connection.command(database, ["listCollections": 1, "filter": ["name": "signal"]], isRead: true)
                    let isCapped = reply[path: "cursor", "firstBatch", "0", "options", "capped"]?.boolValue ?? false
                    let marks = try connection.find(
                        Namespace(database, "signal"), filter: ["swiftflowTailOpened": true], limit: count)
                    return isCapped && marks.count == count
                }
                if isThere { return }
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }
}
