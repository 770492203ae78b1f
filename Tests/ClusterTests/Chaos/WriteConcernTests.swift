import Engine
import Foundation
import MongoBackend
import MongoDriver
import Testing
import Workflow

extension RealClusters {
    /// A run is submitted to a primary whose secondaries are down; then the primary is killed and the secondaries come back.
    ///
    /// They are killed, not only stopped: what the primary has sent to a stopped process waits in its socket, and would be applied when it goes on.
    @Suite("Write concern", .serialized, .timeLimit(.minutes(5)))
    struct WriteConcernTests {
        @Test("what was acknowledged before the primary died is there afterwards")
        func majority() async throws {
            let (acknowledged, balance) = try await failOver(.majority)
            print("write concern majority: acknowledged \(acknowledged), lost \(balance.count(.lost))")
            #expect(balance.count(.lost) == 0)
        }

        @Test("with the write concern turned down to 1 the same failover loses an acknowledged run: the check bites")
        func primaryOnly() async throws {
            let (acknowledged, balance) = try await failOver(.primaryOnly)
            print("write concern 1: acknowledged \(acknowledged), lost \(balance.count(.lost))")
            #expect(acknowledged)
            #expect(balance.count(.lost) == 1)
        }

        @Test("no URL turns it down", arguments: ["w=1", "w=0", "w=2", "journal=false", "safe=false", "retryWrites=false"])
        func refused(option: String) {
            #expect(throws: MongoError.self) { try MongoConfiguration(url: "mongodb://localhost/?replicaSet=x&\(option)").validate() }
        }

        private func failOver(_ durability: MongoConfiguration.Durability) async throws -> (acknowledged: Bool, Balance) {
            let plan = RunPlan(id: "p", tasks: [.init(id: "t")])
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("swiftflow-chaos-\(getpid())-concern-\(durability)")
            let replicas = try await ReplicaSet.start(in: folder.appendingPathComponent("mongod"), electionTimeout: .seconds(10))
            do {
                let books = try await failOver(replicas, plan, durability)
                await replicas.end()
                try? FileManager.default.removeItem(at: folder)
                return (books.submissions["r"]?.isAcknowledged == true, Balance(books))
            } catch {
                await ChaosCluster.shielded { await replicas.end() }
                throw error
            }
        }

        private func failOver(_ replicas: ReplicaSet, _ plan: RunPlan, _ durability: MongoConfiguration.Durability) async throws -> Books {
            let url = replicas.url(database: "concern")
            var configuration = MongoConfiguration(url: url)
            configuration.durability = durability
            let backend = try await MongoBackend.connect(configuration: configuration)
            let commander = Commander(store: backend.store, keeper: backend.keeper)
            let dag = try #require(DagParser.parse(plan.yaml, file: "p.yaml").dag)
            // The definition must be everywhere, whatever the concern, before the secondaries go.
            _ = try await commander.apply(dag, source: plan.yaml)
            let primary = try await replicas.awaitPrimary()
            try await replicas.settle(primary)
            for member in replicas.members.indices where member != primary { try await replicas.killMember(member) }

            async let submission: Void = { _ = try await commander.run(dagId: plan.id, id: "r") }()
            try await replicas.awaitDocument(primary, in: "concern", "dag_instance", id: "r")
            try await replicas.killMember(primary)
            try await replicas.restart(except: primary)
            _ = try await replicas.awaitPrimary()
            // Without an acknowledgement the submitter does not know: it is not promised anything.
            let isAcknowledged = (try? await submission) != nil
            try await replicas.restart()
            await backend.close()
            return try await Bookkeeper(url: url).books(
                ["r": Books.Submission(plan: plan, isAcknowledged: isAcknowledged)], journal: [], outages: [])
        }
    }
}
