public import Engine

extension Duration {
    /// The longest time that can be asked for.
    private static let longestInDays: Int128 = 3650

    /// Units with their length in nanoseconds; a longer name comes before its own beginning (`ms` before `m`).
    private static let units: [(name: String, nanoseconds: Int128)] = [
        ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000), ("d", 86_400_000_000_000),
    ]

    /// Reads a time such as `90s`, `1h30m`, `1.5h`, `2d` or `250ms`: numbers with units, added up.
    /// - Parameter parameter: what the text is called in the error.
    /// - Throws: `ActionError` for anything else, for a number without a unit, and above 3650 days.
    public init(_ text: String, parameter: String) throws(ActionError) {
        var rest = text.filter { $0 != " " }[...]
        var nanoseconds: Int128 = 0
        guard !rest.isEmpty else { throw Self.unreadable(text, parameter) }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            guard let unit = Self.units.first(where: { rest.hasPrefix($0.name) }), let part = Self.product(number, unit.nanoseconds) else {
                throw Self.unreadable(text, parameter)
            }
            rest = rest.dropFirst(unit.name.count)
            nanoseconds += part
            guard nanoseconds <= Self.longestInDays * 86_400_000_000_000 else {
                throw ActionError("\(parameter): '\(text.prefix(40))' is longer than the \(Self.longestInDays) days allowed")
            }
        }
        self = .nanoseconds(Int64(nanoseconds))
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
        (1...18).contains(text.count) ? Int128(text) : nil
    }

    private static func unreadable(_ text: String, _ parameter: String) -> ActionError {
        ActionError(
            "\(parameter): '\(text.prefix(40))' is not a time; write numbers with a unit d, h, m, s or ms, for example 90s or 1h30m")
    }
}
