#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The processor time of this thread, which other processes on a busy machine lengthen little.
public enum ProcessorTime {
    public static var now: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// The least processor time of several calls of `body`, in seconds.
    public static func best(of tries: Int, _ body: () throws -> Void) rethrows -> Double {
        var best = Double.infinity
        for _ in 0..<tries {
            let start = now
            try body()
            let spent = now - start
            best = min(best, Double(spent.components.seconds) + Double(spent.components.attoseconds) / 1e18)
        }
        return best
    }
}
