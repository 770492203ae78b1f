#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The numbers of locks. When a holder renews and how long it trusts itself is in `LeaseRules`, as for every lease.
public enum LockRules {
    /// How many traces of forced releases a lock keeps.
    public static let forcedLimit = 10
    /// How long the mark of somebody who asked in vain is left as it is before it is made anew.
    public static let markFor = Duration.seconds(1)
    /// For how long somebody who asked in vain is believed to wait still: two of the longest pauses between looks, and the time for which marks are left as they are.
    public static let wantedFor = Duration.seconds(5)
    /// How long after its end the record of a lock may be removed. Nothing depends on it but the traces of forced releases.
    public static let rubbishAfter = Duration.seconds(30 * 24 * 3_600)
    /// What a time to live may be.
    public static let ttlRange = Duration.milliseconds(300)...Duration.seconds(24 * 3_600)
    /// How long a key may be, in bytes.
    public static let keyLimit = 200

    /// What is wrong with a key or a time to live; `nil` if nothing is.
    public static func problem(key: String, ttl: Duration) -> String? {
        guard (1...keyLimit).contains(key.utf8.count), !key.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
            return "the key '\(key.prefix(keyLimit))' must have 1 to \(keyLimit) bytes and no control characters"
        }
        guard ttlRange.contains(ttl) else { return "the ttl is \(ttl), it must be from 300 ms to 24 hours" }
        return nil
    }

    /// How long to wait for a hint before looking again: one to two seconds by chance, so that many who wait do not come in step; where the holder's time runs out before, until then and
    /// up to a tenth of a second more.
    /// - Parameter chance: a random number from 0 to 1.
    public static func pause(secondsLeft: Double, chance: Double) -> Duration {
        let end = Duration.seconds(max(secondsLeft, 0)) + .milliseconds(20) + .milliseconds(80) * chance
        return min(end, .seconds(1) + .seconds(1) * chance)
    }

    /// How long to wait after `failures` failed requests in a row: from 50 ms, doubled each time up to 2 s, each shortened by chance to no less than half.
    public static func retryDelay(failures: Int, chance: Double) -> Duration {
        var delay = Duration.milliseconds(50)
        for _ in 1..<max(failures, 1) where delay < .seconds(2) { delay = delay * 2 }
        return min(delay, .seconds(2)) * (0.5 + chance / 2)
    }

    static func seconds(of duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }

    static func milliseconds(of date: Date) -> Int64 { Int64((date.timeIntervalSince1970 * 1_000).rounded(.down)) }
}
