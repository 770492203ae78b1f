import Foundation
import Testing

extension RealClusters {
    @Suite("Rolling restarts", .serialized, .timeLimit(.minutes(5)))
    struct RollingRestartTests {
        @Test("all nodes restarted one after another with SIGTERM under load: no run fails or is stuck, no task is repeated")
        func rollingRestart() async throws {
            try await ChaosCluster.with(ttl: 3, cuts: false) { cluster in
                let outcome = try await ChaosTests.play(cluster, seed: 7) {
                    for node in 0..<ChaosCluster.nodeCount {
                        try await Task.sleep(for: .seconds(2))
                        let process = try #require(cluster.node(node))
                        #expect(await process.line(containing: "joined"))
                        process.send(SIGTERM)
                        #expect(await process.exitCode() == 0, "\(process.log)")
                        try cluster.start(node)
                        let next = try #require(cluster.node(node))
                        #expect(await next.line(containing: "joined"))
                    }
                    try await Task.sleep(for: .seconds(2))
                }
                print(
                    "rolling restart: runs \(outcome.books.submissions.count), tasks \(outcome.books.journal.count), "
                        + "repeats \(outcome.balance.repeatedTasks), violations \(outcome.balance.violations.count)")
                if !outcome.balance.violations.isEmpty || outcome.balance.repeatedTasks > 0 { cluster.fail() }
                #expect(outcome.balance.violations.isEmpty, "\(outcome.relevantLog(cluster))")
                #expect(outcome.balance.repeatedTasks == 0)
                #expect(outcome.balance.givenUp == 0)
                #expect(outcome.books.journal.allSatisfy { $0.end == .done || $0.end == .failed })
            }
        }
    }
}
