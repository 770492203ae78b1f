#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The clock by which leases in a file are written and judged: one for all processes of a host, since SQLite has no server with a clock of its own.
///
/// It is the host's monotonic clock, which goes on during suspension (`CLOCK_BOOTTIME`), plus an anchor that the first process after a boot wrote into the file. So nobody who sets the wall clock moves a lease, and
/// times look like dates. The anchor belongs to one boot; with another boot, all processes that held anything are gone.
struct HostClock: Sendable {
    /// The time of the boot by the wall clock, as the first process of this boot saw it.
    let anchor: Date
    let sinceBoot: @Sendable () -> Duration

    init(anchor: Date, sinceBoot: @escaping @Sendable () -> Duration = HostClock.systemSinceBoot) {
        self.anchor = anchor
        self.sinceBoot = sinceBoot
    }

    var now: Date {
        let (seconds, attoseconds) = sinceBoot().components
        return anchor.addingTimeInterval(Double(seconds) + Double(attoseconds) / 1e18)
    }

    /// The time in whole milliseconds since 1970, as the file keeps times.
    var milliseconds: Int64 { Int64((now.timeIntervalSince1970 * 1_000).rounded(.down)) }

    /// How long the host has been up, in suspension too.
    static func systemSinceBoot() -> Duration {
        var time = timespec()
        #if canImport(Darwin)
        // Darwin's monotonic clock goes on during sleep.
        clock_gettime(CLOCK_MONOTONIC, &time)
        #else
        clock_gettime(CLOCK_BOOTTIME, &time)
        #endif
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
