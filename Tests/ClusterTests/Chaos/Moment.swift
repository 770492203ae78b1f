import Foundation

/// A time of the machine's monotonic clock, in nanoseconds: the same for all processes, whatever is done to the clock of the day.
struct Moment: Hashable, Comparable, Sendable {
    var nanoseconds: Int64

    static var now: Moment {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Moment(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    static func < (left: Moment, right: Moment) -> Bool { left.nanoseconds < right.nanoseconds }
    static func - (left: Moment, right: Moment) -> Double { Double(left.nanoseconds - right.nanoseconds) / 1e9 }
    static func + (left: Moment, seconds: Double) -> Moment { Moment(nanoseconds: left.nanoseconds + Int64(seconds * 1e9)) }
}
