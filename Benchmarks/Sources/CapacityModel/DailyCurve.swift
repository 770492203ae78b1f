import Foundation

/// How busy the day is at each time: a bell around noon, `exp(k cos x)`, with mean 1 and the peak that is asked for.
struct DailyCurve {
    private let sharpness: Double
    private let mean: Double

    init(peak: Double) {
        var (low, high) = (0.0, 200.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if exp(middle) / Self.mean(middle) < peak { low = middle } else { high = middle }
        }
        sharpness = low
        mean = Self.mean(low)
    }

    /// - Parameter time: from 0 to 1.
    func rate(at time: Double) -> Double { exp(sharpness * -cos(2 * .pi * time)) / mean }

    private static func mean(_ sharpness: Double) -> Double {
        (0..<1_000).reduce(0) { $0 + exp(sharpness * cos(2 * .pi * Double($1) / 1_000)) } / 1_000
    }
}
