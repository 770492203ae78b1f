#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Waiting on a thread that has nothing else to do.
enum Pause {
    static func make(_ duration: Duration) {
        let microseconds = duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
        if microseconds > 0 { usleep(UInt32(clamping: microseconds)) }
    }

    /// How often whoever waits for the file looks.
    static let looks = 10_000

    /// How long whoever waits for the file sleeps before the look after `looks`; `nil`: no longer, about ten seconds are over. By chance, so that those who wait do not come in step.
    static func untilNextLook(after looks: Int, of limit: Int = Pause.looks, chance: Double) -> Duration? {
        guard looks < limit else { return nil }
        return looks < 50 ? .microseconds(100 + Int(200 * chance)) : .microseconds(500 + Int(1_000 * chance))
    }
}
