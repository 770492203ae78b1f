import Engine
import Foundation
import Swiftflow
import TestSupport
import Testing
import Workflow

extension RealClusters {
    /// Without variables 20 seconds; SWIFTFLOW_CHAOS_SECONDS and SWIFTFLOW_CHAOS_SEED say otherwise. Longer ones are played in rounds of at most two minutes, each with a
    /// cluster, a journal and a seed of its own, so that hours need no more memory and disk than minutes.
    @Suite("Clusters under attack", .serialized)
    struct ChaosTests {
        private static let environment = ProcessInfo.processInfo.environment
        private static let seconds = environment["SWIFTFLOW_CHAOS_SECONDS"].flatMap(Double.init) ?? 20
        private static let seed = environment["SWIFTFLOW_CHAOS_SEED"].flatMap(UInt64.init)
        private static let ttl = 1.5
        private static let roundSeconds = 120.0
        /// How long everything may take to end once the faults have stopped.
        private static let deadline = Duration.seconds(60)

        @Test(
            "killed, stopped, starved, cut off nodes with wrong clocks on a failing replica set: nothing is lost, stuck, or done twice unseen",
            .timeLimit(.minutes(Int(seconds / 20) + 10)))
        func chaos() async throws {
            var random = SeededGenerator(seed: Self.seed ?? UInt64.random(in: 0..<1_000_000))
            var left = Self.seconds
            var seed = Self.seed ?? random.next() % 1_000_000
            while left > 0 {
                try await round(seed: seed, seconds: min(left, Self.roundSeconds))
                left -= Self.roundSeconds
                seed = random.next() % 1_000_000
            }
        }

        private func round(seed: UInt64, seconds: Double) async throws {
            try await ChaosCluster.with(ttl: Self.ttl) { cluster in
                let plan = AttackPlan(
                    seed: seed, seconds: seconds, nodes: ChaosCluster.nodeCount, ttl: cluster.ttl, canCut: cluster.network != nil,
                    canSkew: ChaosCluster.canSkew)
                let attacker = Attacker(cluster, plan)
                let outcome = try await Self.play(cluster, seed: seed) { try await attacker.run() }
                outcome.report(cluster, attacker, plan)
                guard !outcome.balance.violations.isEmpty else { return }
                cluster.fail()
                Issue.record(
                    """
                    \(outcome.balance.violations.count) violations with seed \(seed):
                    \(outcome.balance.violations.prefix(20).map(\.description).joined(separator: "\n"))
                    \(plan)
                    \(outcome.relevantLog(cluster))
                    """)
            }
        }

        /// Load from before the first fault until after the last; then waits until every run is over, ends the nodes gently, and draws the balance.
        static func play(_ cluster: ChaosCluster, seed: UInt64, atOnce: Int = 6, _ attack: @Sendable () async throws -> Void) async throws
            -> Outcome
        {
            var random = SeededGenerator(seed: seed)
            let plans = RunPlan.generate(40, atMostOnce: acceptsAtMostOnce, using: &random)
            let backend = try await Backend.connect(url: cluster.url)
            let commander = Commander(store: backend.store, keeper: backend.keeper)
            for plan in plans { try await Self.apply(plan, commander) }
            for node in 0..<ChaosCluster.nodeCount { try cluster.start(node) }
            let submitter = Submitter(commander, plans, seed: seed)
            let bookkeeper = Bookkeeper(url: cluster.url)
            do {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await submitter.run(atOnce: atOnce, pause: .milliseconds(150)) }
                    try await attack()
                    submitter.stop()
                    try await group.waitForAll()
                }
                await waitForEnds(bookkeeper)
                for process in cluster.processes { process.send(SIGTERM) }
                for process in cluster.processes { _ = await process.exitCode() }
                await backend.close()
            } catch {
                await backend.close()
                throw error
            }
            let journal = try JournalEntry.all(in: cluster.journal)
            let books = try await bookkeeper.books(submitter.submissions, journal: journal, outages: cluster.outages)
            return Outcome(books: books, balance: Balance(books))
        }

        /// Definitions may ask that a task is not repeated when its worker is lost, if this version knows that.
        private static let acceptsAtMostOnce =
            DagParser.parse("id: probe\ntasks:\n  - {id: t, action: print, onWorkerLost: fail}\n", file: "probe.yaml").problems.isEmpty

        private static func apply(_ plan: RunPlan, _ commander: Commander) async throws {
            let parsed = DagParser.parse(plan.yaml, file: "\(plan.id).yaml")
            let dag = try #require(parsed.dag, "\(plan.yaml)\n\(parsed.problems)")
            _ = try await commander.apply(dag, source: plan.yaml)
        }

        private static func waitForEnds(_ bookkeeper: Bookkeeper) async {
            let end = ContinuousClock.now + deadline
            while ContinuousClock.now < end {
                if let open = try? await bookkeeper.openRuns(), open == 0 { return }
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
    }
}
