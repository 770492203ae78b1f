import Foundation
import Testing

/// Settings from the environment: `SWIFTFLOW_HISTORIES`, `SWIFTFLOW_SEED` (the first one), `SWIFTFLOW_MUTATION`.
private enum Setting {
    static func text(_ name: String) -> String? { ProcessInfo.processInfo.environment["SWIFTFLOW_\(name)"] }
    static func number(_ name: String) -> UInt64? { text(name).flatMap { UInt64($0) } }
}

@Suite("Simulated clusters", .serialized)
struct SimulationTests {
    @Test("no promise is broken in 20,000 histories of clusters whose nodes, network and store fail in every way")
    func histories() async {
        let count = Int(Setting.number("HISTORIES") ?? 20_000)
        let began = ContinuousClock.now
        let result = await Campaign.run(from: 1, count: count)
        print("\(result) in \(ContinuousClock.now - began)")
        if let failure = result.failures.first {
            Issue.record("\(Campaign.explain(failure.seed, failure.violations))")
        }
        #expect(result.histories == count || !result.failures.isEmpty)
    }

    @Test("the same seed gives the same history, to the last event")
    func sameSeed() {
        for seed in UInt64(1)...40 {
            let first = Simulation.run(Scenario(seed: seed), keepsHistory: true)
            let second = Simulation.run(Scenario(seed: seed), keepsHistory: true)
            #expect(first.history == second.history && first.digest == second.digest, "seed \(seed)")
            #expect(
                Simulation.run(Scenario(seed: seed)).digest == first.digest,
                "a history that is written down goes the same way, seed \(seed)")
        }
    }

    @Test("faults do happen: attempts are repeated, and nearly all runs still succeed")
    func faultsHappen() async {
        let result = await Campaign.run(from: 1, count: 500)
        #expect(result.histories == 500 && result.repeats > 50)
        #expect(result.attempts > result.runs)
    }

    @Test(
        "one history to read: SWIFTFLOW_SEED says which, SWIFTFLOW_MUTATION with which mistake", .enabled(if: Setting.text("REPLAY") != nil)
    )
    func replay() throws {
        let seed = try #require(Setting.number("SEED"), "SWIFTFLOW_SEED must say which history")
        let mutation = Setting.text("MUTATION").flatMap { Mutation(rawValue: $0) }
        let outcome = Simulation.run(Scenario(seed: seed), mutation: mutation, keepsHistory: true)
        print(outcome.history.joined(separator: "\n"))
        if let violation = outcome.violations.first { Issue.record("\(Campaign.explain(seed, [violation], mutation: mutation))") }
    }

    @Test("histories until somebody stops it", .enabled(if: Setting.text("SOAK") != nil))
    func soak() async {
        var seed = Setting.number("SEED") ?? UInt64.random(in: 1 << 32...1 << 62)
        var total = 0
        print("from seed \(seed)")
        while !Task.isCancelled {
            let result = await Campaign.run(from: seed, count: 20_000)
            total += result.histories
            print("\(total) histories, at seed \(seed): \(result)")
            if let failure = result.failures.first {
                Issue.record("\(Campaign.explain(failure.seed, failure.violations))")
                return
            }
            seed += 20_000
        }
    }
}

@Suite("Mutations", .serialized)
struct MutationTests {
    @Test("every rule of the protocol that is taken away is missed")
    func mutations() async {
        var caught = 0
        for mutation in Mutation.allCases where Setting.text("MUTATION").map({ $0 == mutation.rawValue }) ?? true {
            let result = await Campaign.run(from: 1, count: mutation.patience, mutation: mutation)
            if let failure = result.failures.first {
                caught += 1
                print(
                    "\(mutation.rawValue): caught in history \(failure.seed): \(failure.violations.first.map { "\($0)".prefix(150) } ?? "")"
                )
            } else {
                Issue.record("\(mutation.rawValue) is not caught in \(result.histories) histories")
            }
        }
        print("mutations caught: \(caught) of \(Mutation.allCases.count)")
    }

    @Test("a failing history shrinks, and its history can be read")
    func shrinks() async throws {
        let result = await Campaign.run(from: 1, count: 100, mutation: .answersBeforeDurable)
        let failure = try #require(result.failures.first)
        let rule = try #require(failure.violations.first).rule
        let whole = Scenario(seed: failure.seed)
        let small = whole.shrunk(rule: rule, mutation: .answersBeforeDurable)
        #expect(small.runs.count == 1 && small.faults.count <= whole.faults.count)
        let outcome = Simulation.run(small, mutation: .answersBeforeDurable, keepsHistory: true)
        #expect(outcome.violations.contains { $0.rule == rule })
        #expect(outcome.history.contains { $0.contains("begins r") })
    }
}
