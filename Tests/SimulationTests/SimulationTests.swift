import Foundation
import Testing

@Suite("Simulation", .serialized)
struct SimulationTests {
    @Test("many histories")
    func many() async {
        let count = Int(ProcessInfo.processInfo.environment["SWIFTFLOW_HISTORIES"] ?? "") ?? 1000
        let began = ContinuousClock.now
        let result = await Campaign.run(from: 1, count: count, failureLimit: 8)
        print(
            "histories \(result.histories) steps \(result.steps) attempts \(result.attempts) repeats \(result.repeats) runs \(result.runs) digest \(result.digest) in \(ContinuousClock.now - began)"
        )
        for failure in result.failures { print("seed \(failure.seed): \(failure.violations)") }
    }

    @Test("one history")
    func one() {
        guard let seed = ProcessInfo.processInfo.environment["SWIFTFLOW_SEED"].flatMap({ UInt64($0) }) else { return }
        let outcome = Simulation.run(Scenario(seed: seed), keepsHistory: true)
        print(Scenario(seed: seed))
        for line in outcome.history { print(line.prefix(300)) }
        print(outcome.violations, outcome.steps)
    }
}

@Suite("Mutations", .serialized)
struct MutationTests {
    @Test("each mutation is caught")
    func mutations() async {
        var missed: [Mutation] = []
        for mutation in Mutation.allCases {
            let began = ContinuousClock.now
            let result = await Campaign.run(from: 1, count: 4_000, limit: .seconds(20), mutation: mutation)
            if let failure = result.failures.first {
                print(
                    "caught \(mutation.rawValue) after \(result.histories) in \(ContinuousClock.now - began): seed \(failure.seed): \(failure.violations[0])"
                )
            } else {
                missed.append(mutation)
                print("MISSED \(mutation.rawValue) in \(result.histories)")
            }
        }
        print("caught \(Mutation.allCases.count - missed.count) of \(Mutation.allCases.count)")
    }
}
