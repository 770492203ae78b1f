import ArgumentParser
import Dispatch
import Synchronization

/// Measures the parts of the hot path, each alone: with the same data each time, and without a database.
@main
struct Micro: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures the parts of the hot path, each alone.",
        discussion: "Times are processor time of all threads: the median of the rounds, and how far they are apart.")

    @Option(help: "Run this one only, once and without measuring it: for callgrind, perf and the like.") var only: String?
    @Option(help: "How many iterations, with --only.") var iterations: Int?
    @Option(help: "Measure only those whose names begin so.") var prefix = ""
    @Option(help: "How many times each is measured.") var rounds = 5
    @Option(help: "Write the figures to this file as JSON, too.") var json: String?
    @Flag(help: "Print the names, how many iterations a round has, and how many operations an iteration.") var list = false

    private static let all = BSONCases.all + MachineCases.all + DefinitionCases.all + EngineCases.all

    func validate() throws {
        guard rounds > 0, iterations.map({ $0 > 0 }) ?? true else { throw ValidationError("--rounds and --iterations must be at least 1") }
        if let only, !Self.all.contains(where: { $0.name == only }) {
            throw ValidationError("there is no benchmark '\(only)'; --list prints their names")
        }
    }

    /// The main thread waits here for the rest. To be asynchronous itself it would have to sleep in `sigsuspend`, with a mask that valgrind 3.19 cannot take.
    func run() throws {
        let outcome = Outcome()
        let isDone = DispatchSemaphore(value: 0)
        Task {
            do { try await work() } catch { outcome.error.withLock { $0 = error } }
            isDone.signal()
        }
        isDone.wait()
        if let error = outcome.error.withLock({ $0 }) { throw error }
    }

    private final class Outcome: Sendable { let error = Mutex<(any Error)?>(nil) }

    private func work() async throws {
        if list {
            for benchmark in Self.all { print(benchmark.name, benchmark.iterations, benchmark.operations) }
        } else if let only, let benchmark = Self.all.first(where: { $0.name == only }) {
            let body = try await benchmark.prepare()
            try await body.run(iterations ?? benchmark.iterations)
            await body.end()
        } else {
            try await measure()
        }
    }

    private func measure() async throws {
        print(Figure.heading)
        var figures: [Figure] = []
        for benchmark in Self.all where benchmark.name.hasPrefix(prefix) {
            let figure = try await Figure.measure(benchmark, rounds: rounds)
            print(figure.row)
            figures.append(figure)
        }
        if let json { try Figure.write(figures, to: json) }
    }
}
