/// What a node takes from its machine besides the store and the keeper: a monotonic clock that goes on while the machine sleeps, and chance.
///
/// Everything in the engine that waits, jitters or measures goes through it, so that a simulation can give a node another clock and repeatable chance.
public protocol Host: Sendable {
    /// The present moment.
    var now: ContinuousClock.Instant { get }
    /// Waits until `deadline`.
    /// - Throws: `CancellationError` when the task is cancelled before.
    func sleep(until deadline: ContinuousClock.Instant) async throws
    /// 64 random bits.
    func random() -> UInt64
}

extension Host {
    func sleep(for duration: Duration) async throws { try await sleep(until: now + duration) }

    /// A random number from `range`, evenly distributed.
    func random(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * (Double(random() >> 11) / Double(1 << 53))
    }

    /// A fresh id: 128 random bits in hex.
    func randomID() -> String {
        (0..<2).map { _ in
            let digits = String(random(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

/// The machine that the process runs on.
public struct SystemHost: Host {
    public init() {}

    public var now: ContinuousClock.Instant { .now }

    public func sleep(until deadline: ContinuousClock.Instant) async throws { try await Task.sleep(until: deadline, clock: .continuous) }

    public func random() -> UInt64 { .random(in: .min ... .max) }
}
