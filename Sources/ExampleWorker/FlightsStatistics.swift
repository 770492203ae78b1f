/// The arrival delays of one carrier.
struct DelayStatistics {
    private var delays: [Int] = []

    mutating func add(_ delay: Int) {
        delays.append(delay)
    }

    /// - Precondition: at least one delay was added; a carrier without flights has no statistics.
    func summary(carrier: String, name: String) -> CarrierDelay? {
        guard !delays.isEmpty else { return nil }
        let total = delays.reduce(0, +)
        let onTime = delays.count { $0 < 15 }
        let count = Double(delays.count)
        return CarrierDelay(
            carrier: carrier, name: name, flights: delays.count, totalDelay: total, meanDelay: Double(total) / count,
            p90Delay: Self.percentile(0.9, ofSorted: delays.sorted()), onTime: onTime, onTimeShare: Double(onTime) / count)
    }

    /// The sample quantile by linear interpolation between the two nearest values: type 7 of Hyndman and Fan (1996), as R and NumPy
    /// do it by default.
    ///
    /// - Parameter sorted: at least one value, in ascending order.
    static func percentile(_ p: Double, ofSorted sorted: [Int]) -> Double {
        let position = p * Double(sorted.count - 1)
        let lower = Int(position)
        let upper = min(lower + 1, sorted.count - 1)
        return Double(sorted[lower]) + (position - Double(lower)) * Double(sorted[upper] - sorted[lower])
    }
}
