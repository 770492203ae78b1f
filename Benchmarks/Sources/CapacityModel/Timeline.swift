/// Sums over each of the 24 hours of the simulated day.
struct Timeline {
    private(set) var sums = [Double](repeating: 0, count: 24)
    let hour: Double

    init(hour: Double) { self.hour = hour }

    mutating func add(_ amount: Double, at time: Double) { sums[min(max(Int(time / hour), 0), 23)] += amount }

    /// Per second, over the whole day.
    var mean: Double { sums.reduce(0, +) / (24 * hour) }
    /// Per second, in the busiest hour.
    var peak: Double { (sums.max() ?? 0) / hour }
}
