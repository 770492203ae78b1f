#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Ids for runs whose submitter gives none: 48 bits of milliseconds and 80 random bits in Crockford's base 32 (the layout of ULID), so that ids sort by time and can be read out.
enum RunID {
    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz")

    static func make(at now: Date) -> String {
        let milliseconds = UInt64(max(now.timeIntervalSince1970, 0) * 1_000)
        var text = ""
        for shift in stride(from: 45, through: 0, by: -5) { text.append(digits[Int(milliseconds >> UInt64(shift) & 31)]) }
        for _ in 0..<16 { text.append(digits[Int.random(in: 0..<32)]) }
        return text
    }
}
