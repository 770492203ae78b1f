/// Median, 99th percentile (nearest rank) and maximum of times in seconds.
struct Quantiles: CustomStringConvertible {
    private let sorted: [Double]

    init(_ times: [Double]) { sorted = times.sorted() }

    private func quantile(_ share: Double) -> Double {
        sorted.isEmpty ? 0 : sorted[max(0, Int((Double(sorted.count) * share).rounded(.up)) - 1)]
    }

    var p99: Double { quantile(0.99) }

    var description: String {
        let (median, p99, max) = (milliseconds(quantile(0.5)), milliseconds(p99), milliseconds(sorted.last ?? 0))
        return "n \(sorted.count), median \(median) ms, p99 \(p99) ms, max \(max) ms"
    }

    private func milliseconds(_ seconds: Double) -> Int { Int((seconds * 1_000).rounded()) }
}
