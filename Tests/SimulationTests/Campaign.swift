import Foundation
import Synchronization

/// Runs many scenarios, one after the other on each of a few threads.
enum Campaign {
    struct Result: Sendable, CustomStringConvertible {
        var histories = 0
        var steps = 0
        var attempts = 0
        var repeats = 0
        var runs = 0
        var digest: UInt64 = 0
        /// The first seeds that failed, with what was broken.
        var failures: [(seed: UInt64, violations: [Observer.Violation])] = []

        var description: String {
            "\(histories) histories: \(runs) runs, \(attempts) attempts, \(repeats) of them repeats, \(steps) steps, digest \(String(digest, radix: 16))"
        }
    }

    /// What the threads share: which seed is next, and what was found.
    private final class Progress: Sendable {
        private let state: Mutex<(next: UInt64, result: Result)>

        init(first: UInt64) { state = Mutex((first, Result())) }

        var result: Result { state.withLock(\.result) }

        func next(until end: UInt64, failureLimit: Int) -> UInt64? {
            state.withLock { state in
                guard state.next < end, state.result.failures.count < failureLimit else { return nil }
                defer { state.next += 1 }
                return state.next
            }
        }

        func add(_ outcome: Simulation.Outcome, _ seed: UInt64) { state.withLock { $0.result.add(outcome, seed) } }
    }

    /// Runs the seeds from `first` on until `count` are done, `limit` has passed or `failureLimit` have failed.
    static func run(
        from first: UInt64, count: Int, limit: Duration? = nil, mutation: Mutation? = nil, failureLimit: Int = 1,
        threads: Int = ProcessInfo.processInfo.activeProcessorCount
    ) async -> Result {
        let progress = Progress(first: first)
        let end = limit.map { ContinuousClock.now + $0 }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<max(threads, 1) {
                group.addTask {
                    await onThread {
                        while end.map({ ContinuousClock.now < $0 }) ?? true,
                            let seed = progress.next(until: first + UInt64(count), failureLimit: failureLimit)
                        {
                            progress.add(Simulation.run(Scenario(seed: seed), mutation: mutation), seed)
                        }
                    }
                }
            }
        }
        return progress.result
    }

    /// What to print about a history that breaks a promise: the scenario as small as it can be made, what happened in it, and how to see it again.
    static func explain(_ seed: UInt64, _ violations: [Observer.Violation], mutation: Mutation? = nil) -> String {
        guard let first = violations.first else { return "nothing was broken" }
        let small = Scenario(seed: seed).shrunk(rule: first.rule, mutation: mutation)
        let outcome = Simulation.run(small, mutation: mutation, keepsHistory: true)
        return """
            seed \(seed): \(first)
            To see it again: make replay SEED=\(seed)
            The smallest scenario found that breaks '\(first.rule)':
            \(small)
            Its history, from the end:
            \(outcome.history.suffix(300).joined(separator: "\n"))
            """
    }

    /// A world blocks the thread that it runs on for as long as it lasts, so it must not be one of the pool's.
    private static func onThread(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            let thread = Thread {
                body()
                continuation.resume()
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }
}

extension Campaign.Result {
    fileprivate mutating func add(_ outcome: Simulation.Outcome, _ seed: UInt64) {
        histories += 1
        steps += outcome.steps
        attempts += outcome.attempts
        repeats += outcome.repeats
        runs += outcome.runs
        digest ^= outcome.digest &* (seed | 1)
        if !outcome.violations.isEmpty { failures.append((seed, outcome.violations)) }
    }
}
