import CAllocations
import Foundation

/// What a benchmark came to.
struct Figure: Codable {
    var name: String
    var unit: String
    /// Processor time of one operation in nanoseconds, over all threads: the median of the rounds.
    var nanoseconds: Double
    /// How far the slowest and the fastest round are apart, as a part of the median.
    var spread: Double
    /// Blocks of memory that one operation asks for; `nil` where they cannot be counted.
    var allocations: Double?

    static func measure(_ benchmark: MicroBenchmark, rounds: Int) async throws -> Figure {
        let body = try await benchmark.prepare()
        try await body.run(max(benchmark.iterations / 4, 1))
        let operations = Double(benchmark.iterations * benchmark.operations)
        var times: [Double] = []
        for _ in 0..<rounds {
            let start = processorNanoseconds()
            try await body.run(benchmark.iterations)
            times.append((processorNanoseconds() - start) / operations)
        }
        // In a round of its own: counting costs time.
        allocations_begin()
        try await body.run(benchmark.iterations)
        let allocations = allocations_end()
        await body.end()
        times.sort()
        let median = times[times.count / 2]
        return Figure(
            name: benchmark.name, unit: benchmark.unit, nanoseconds: median, spread: (times[times.count - 1] - times[0]) / median,
            allocations: allocations_are_counted() ? Double(allocations) / operations : nil)
    }

    static var heading: String { line("", "ns", "spread", "allocations", "per") }

    var row: String {
        Self.line(
            name, String(format: "%.0f", nanoseconds), String(format: "%.0f %%", spread * 100),
            allocations.map { String(format: "%.1f", $0) } ?? "-", unit)
    }

    private static func line(_ name: String, _ columns: String...) -> String {
        let numbers = columns.dropLast().map { String(repeating: " ", count: max(0, 13 - $0.count)) + $0 }
        return name.padding(toLength: 26, withPad: " ", startingAt: 0) + numbers.joined() + "   " + (columns.last ?? "")
    }

    static func write(_ figures: [Figure], to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(figures).write(to: URL(fileURLWithPath: path))
    }

    private static func processorNanoseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}
