/// Times as people write them: `90s`, `1h30m`, `1.5h`, `2d`, `250ms`, or a number of seconds.
public enum DurationText {
    /// The longest time that can be written, in days.
    public static let longestInDays = 3650

    /// Why a text is no time.
    public enum Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        case unreadable
        case tooLong

        public var description: String {
            switch self {
            case .unreadable: "is not a time; write numbers with a unit d, h, m, s or ms, for example 90s or 1h30m, or a number of seconds"
            case .tooLong: "is longer than the \(DurationText.longestInDays) days allowed"
            }
        }
    }

    /// Units with their length in nanoseconds; a longer name comes before its own beginning (`ms` before `m`).
    private static let units: [(name: String, nanoseconds: Int128)] = [
        ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000), ("d", 86_400_000_000_000),
    ]

    /// Reads numbers with units, added up, or one number of seconds. Spaces do not count.
    public static func parse(_ text: String) throws(Mistake) -> Duration {
        var rest = text.filter { $0 != " " }[...]
        guard !rest.isEmpty else { throw .unreadable }
        if let seconds = product(rest, 1_000_000_000) { return try duration(seconds) }
        var nanoseconds: Int128 = 0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            guard let unit = units.first(where: { rest.hasPrefix($0.name) }), let part = product(number, unit.nanoseconds) else {
                throw .unreadable
            }
            rest = rest.dropFirst(unit.name.count)
            nanoseconds += part
            _ = try duration(nanoseconds)
        }
        return try duration(nanoseconds)
    }

    /// The time in seconds.
    public static func seconds(_ text: String) throws(Mistake) -> Double {
        let (seconds, attoseconds) = try parse(text).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    private static func duration(_ nanoseconds: Int128) throws(Mistake) -> Duration {
        guard nanoseconds <= Int128(longestInDays) * 86_400_000_000_000 else { throw .tooLong }
        return .nanoseconds(Int64(nanoseconds))
    }

    /// A decimal number times a unit. Up to 18 digits on each side of the point, so that nothing can overflow.
    private static func product(_ number: Substring, _ unit: Int128) -> Int128? {
        let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let whole = digits(first) else { return nil }
        guard parts.count == 2 else { return whole * unit }
        guard let fraction = digits(parts[1]) else { return nil }
        let scale = (0..<parts[1].count).reduce(Int128(1)) { scale, _ in scale * 10 }
        return whole * unit + fraction * unit / scale
    }

    private static func digits(_ text: Substring) -> Int128? {
        (1...18).contains(text.count) && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int128(text) : nil
    }
}
