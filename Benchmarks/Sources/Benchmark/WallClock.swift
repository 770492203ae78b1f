#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The machine's clock, which all processes of a benchmark share.
enum WallClock {
    static var nanoseconds: Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
    }
}
