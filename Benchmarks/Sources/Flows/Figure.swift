import CAllocations
import Foundation

/// What a case came to, in a process of its own.
struct Figure: Codable {
    var name: String
    var rows: Int
    /// The best of the repetitions.
    var seconds: Double
    /// The least processor time that a repetition took, over all threads: what is left of `seconds` on a machine that has other things to do.
    var processorSeconds: Double
    /// `nil` where they cannot be counted.
    var allocations: UInt64?
    /// The most memory that the process had, with the rows that it was given; `nil` where the system does not tell.
    var peakBytes: Int?

    var rowsPerSecond: Double { Double(rows) / seconds }
    var rowsPerProcessorSecond: Double { Double(rows) / processorSeconds }

    static func measure(_ subject: FlowCase, _ setting: FlowCase.Setting, repetitions: Int) async throws -> Figure {
        let run = try await subject.prepare(setting)
        var best = Double.infinity
        var bestProcessor = Double.infinity
        var rows = 0
        for _ in 0..<repetitions {
            let start = ContinuousClock.now
            let startProcessor = processorSeconds()
            rows = try await run()
            best = min(best, (ContinuousClock.now - start) / .seconds(1))
            bestProcessor = min(bestProcessor, processorSeconds() - startProcessor)
        }
        let peak = peakMemory()
        // In a repetition of its own: counting costs time.
        allocations_begin()
        _ = try await run()
        let allocations = allocations_end()
        return Figure(
            name: subject.name, rows: rows, seconds: best, processorSeconds: bestProcessor,
            allocations: allocations_are_counted() ? allocations : nil, peakBytes: peak)
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Linux's high-water mark of resident memory.
    private static func peakMemory() -> Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1_024 }
    }
}
