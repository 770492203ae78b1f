/// Latencies, kept whole up to a bound and then every second, every fourth and so on, which is the same in every run.
struct Samples {
    private var values: [Double] = []
    private var stride = 1
    private var seen = 0

    mutating func add(_ value: Double) {
        seen += 1
        guard seen % stride == 0 else { return }
        values.append(value)
        guard values.count == 200_000 else { return }
        values = values.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        stride *= 2
    }

    var summary: Latency {
        let sorted = values.sorted()
        guard let last = sorted.last else { return Latency(median: 0, p99: 0) }
        return Latency(median: sorted[sorted.count / 2], p99: sorted.count < 100 ? last : sorted[sorted.count * 99 / 100])
    }
}

/// Seconds.
package struct Latency: Sendable, Hashable {
    package var median: Double
    package var p99: Double
}
