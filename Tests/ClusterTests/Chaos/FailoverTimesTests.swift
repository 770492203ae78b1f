import Engine
import Foundation
import Swiftflow
import Testing
import Workflow

extension RealClusters {
    /// Measures only where SWIFTFLOW_FAILOVER_KILLS says how many kills; `make failover-times` does.
    @Suite("Failover times", .serialized)
    struct FailoverTimesTests {
        private static let kills = ProcessInfo.processInfo.environment["SWIFTFLOW_FAILOVER_KILLS"].flatMap(Int.init)
        private static let ttl = 1.0

        @Test(
            "after kill -9 of a node its run goes on elsewhere, and after that of the leader new runs start, within the lease and a second",
            .enabled(if: kills != nil, "SWIFTFLOW_FAILOVER_KILLS is not set"), .timeLimit(.minutes(60)))
        func times() async throws {
            let kills = try #require(Self.kills)
            try await ChaosCluster.with(ttl: Self.ttl, cuts: false) { cluster in
                let backend = try await Backend.connect(url: cluster.url)
                let measuring = FailoverMeasurement(cluster, Commander(store: backend.store, keeper: backend.keeper))
                do {
                    try await measuring.prepare()
                    // The leader by turns with another node.
                    for round in 0..<kills { try await measuring.kill(leader: round.isMultiple(of: 2), round) }
                } catch {
                    await backend.close()
                    throw error
                }
                await backend.close()
                let takeovers = Quantiles(await measuring.takeovers)
                let dispatches = Quantiles(await measuring.dispatches)
                print("failover with lease.ttl \(Self.ttl) s: run of a dead node goes on elsewhere: \(takeovers)")
                print("failover with lease.ttl \(Self.ttl) s: first task of a new run after the leader's death: \(dispatches)")
                #expect(takeovers.p99 <= Self.ttl + 1)
                #expect(dispatches.p99 <= Self.ttl + 1)
            }
        }
    }
}
