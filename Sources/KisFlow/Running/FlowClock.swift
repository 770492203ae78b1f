#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How a run tells time and waits; a test passes one of its own.
public struct FlowClock: Sendable {
    /// Time since some fixed moment; never goes back.
    public let now: @Sendable () -> Duration
    /// Waits, and throws `CancellationError` as soon as the task is cancelled.
    public let sleep: @Sendable (Duration) async throws -> Void
    /// Seconds since 1970, for what is kept: dead letters.
    public let timestamp: @Sendable () -> Double

    public init(
        now: @escaping @Sendable () -> Duration, sleep: @escaping @Sendable (Duration) async throws -> Void,
        timestamp: (@Sendable () -> Double)? = nil
    ) {
        self.now = now
        self.sleep = sleep
        self.timestamp = timestamp ?? { Date().timeIntervalSince1970 }
    }

    public static let continuous: FlowClock = {
        let start = ContinuousClock.now
        return FlowClock(now: { ContinuousClock.now - start }, sleep: { try await Task.sleep(for: $0, clock: .continuous) })
    }()
}
