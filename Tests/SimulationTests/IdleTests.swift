import Foundation
import Testing

/// What nodes ask the store for, and when, in histories without faults or with one.
@Suite("Simulated clusters: what nodes ask for", .serialized)
struct IdleTests {
    /// A call to the store or keeper, with the moment of its answer in seconds.
    private struct Call {
        var time: Double
        var who: String
        var verb: String
    }

    /// Two nodes with the default lease and poll, quiet unless a test says otherwise.
    private func scenario(ttl: Double = 5, until calm: Double, _ change: (inout Scenario) -> Void = { _ in }) -> Scenario {
        var scenario = Scenario(seed: 7)
        (scenario.ttl, scenario.poll, scenario.calm, scenario.nodes, scenario.capacity) = (ttl, 15, calm, 2, 8)
        (scenario.runs, scenario.faults, scenario.lastWords) = ([], [], [])
        (scenario.loss, scenario.lateness, scenario.hintLoss) = (0, 0, 0)
        change(&scenario)
        return scenario
    }

    private func calls(_ scenario: Scenario) throws -> [Call] {
        let outcome = Simulation.run(scenario, keepsHistory: true)
        #expect(outcome.violations.isEmpty, "\(outcome.violations)")
        return outcome.history.compactMap { line in
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard words.count >= 4, words[1] == "ms", let time = Double(words[0]), words[3] != "logs:" else { return nil }
            return Call(time: time / 1_000, who: String(words[2]), verb: String(words[3]))
        }
    }

    private func leader(of calls: [Call]) throws -> String { try #require(calls.last { $0.verb == "campaign" }).who }

    private func rate(_ calls: [Call], _ window: ClosedRange<Double>) -> Double {
        Double(calls.count { window.contains($0.time) }) / (window.upperBound - window.lowerBound)
    }

    @Test("an idle follower asks less than once a second, the leader less than twice")
    func idle() throws {
        let calls = try calls(scenario(until: 130))
        let leader = try leader(of: calls)
        for who in ["n0", "n1"] {
            // On MongoDB each tail of hints asks every 15 s besides: one of a follower, two of a leader.
            let tails: Double = who == leader ? 2 : 1
            let rate = rate(calls.filter { $0.who == who }, 10...130) + tails / 15
            let limit: Double = who == leader ? 2 : 1
            #expect(rate < limit, "\(who) asks \(rate) times a second")
        }
    }

    @Test("a submission is one read of the queue and one assignment: the leader goes by what it knows of the nodes")
    func oneReadOneAssignment() throws {
        let scenario = scenario(until: 60) { $0.runs = [.init(id: "r1", dag: 0, at: 40), .init(id: "r2", dag: 0, at: 40.2)] }
        let calls = try calls(scenario)
        let leader = try leader(of: calls)
        for run in 0...1 {
            let submitted = try #require(calls.indices.filter { calls[$0].verb == "submit" }.dropFirst(run).first)
            let assigned = try #require(calls.indices.first { $0 > submitted && calls[$0].verb == "assign" })
            let between = calls[submitted..<assigned].filter { $0.who == leader && $0.verb != "renew" && $0.verb != "campaign" }
            #expect(between.map(\.verb).filter { $0 != "dagVersion" } == ["pending"])
        }
        let then = calls.filter { $0.time > 40 && $0.time < 41 }
        #expect(!then.contains { $0.verb == "owned" })
        #expect(then.count { $0.verb == "pending" } == 2)
    }

    @Test("many submissions at once are few looks")
    func burst() throws {
        let scenario = scenario(until: 90) { scenario in
            scenario.capacity = 1_000
            scenario.runs = (0..<200).map { number in Scenario.Run(id: "r\(number)", dag: 0, at: 40 + Double(number) * 0.000_2) }
        }
        let calls = try calls(scenario)
        #expect(calls.count { $0.verb == "submit" } == 200)
        let verbs: Set<String> = ["pending", "nodes", "owned", "assigned"]
        let reads = calls.count { call in verbs.contains(call.verb) && call.time > 40 && call.time < 41 }
        // 50 ms at some ms a look.
        #expect(reads < 60, "\(reads) reads")
    }

    @Test("a death is declared as soon as the lease is over, and the run goes on", arguments: UInt64(1)...20)
    func death(seed: UInt64) throws {
        let scenario = scenario(ttl: 1, until: 12) { scenario in
            scenario.seed = seed
            scenario.faults = [.init(kind: .kill, at: 5, node: Int(seed % 2), length: 5)]
        }
        let calls = try calls(scenario)
        let dead = "n\(seed % 2)"
        let renewed = try #require(calls.last { $0.who == dead && $0.verb == "renew" && $0.time < 5.1 })
        let declared = try #require(calls.first { $0.verb == "declareDead" && $0.time > 5 })
        // Where the dead node led, its lease of that has to end too. The clock of the other one may be slow by a fiftieth, and it waits a moment for others before it leads. An answer takes some milliseconds.
        let led = calls.last { $0.who == dead && $0.verb == "campaign" && $0.time < 5.1 }
        let late: Double = declared.time - max(renewed.time, led?.time ?? 0)
        let taken: Double = declared.time - renewed.time
        // A renewal that was under way when the node died counts too, and nobody saw it come back.
        let sinceDeath: Double = declared.time - 5
        #expect(late < 1.15 || sinceDeath < 1.1)
        #expect(taken > 0.98)
    }

    @Test("without any hint runs are found all the same, some seconds later")
    func lostHints() throws {
        let scenario = scenario(until: 60) { scenario in
            scenario.areHintsLost = true
            scenario.runs = [.init(id: "r1", dag: 0, at: 20)]
        }
        let calls = try calls(scenario)
        let begun = try #require(calls.first { $0.verb == "begins" })
        let latest: Double = 20 + 2 * 15 * 1.25 + 1
        #expect(begun.time < latest)
    }
}
