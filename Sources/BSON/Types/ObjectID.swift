/// A 12-byte identifier.
public struct ObjectID: Sendable, Hashable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt32

    /// An id of 12 bytes; nil for any other number of bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 12 else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// An id of 24 hexadecimal digits; nil for anything else.
    public init?(_ hexadecimal: String) {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        guard digits.count == 24, hexadecimal.count == 24, hexadecimal.utf8.count == 24 else { return nil }
        self.init(bytes: stride(from: 0, to: 24, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }

    /// A random id. Unlike those that servers make it does not start with a time.
    public static func random(using generator: inout some RandomNumberGenerator) -> ObjectID {
        ObjectID(high: .random(in: 0 ... .max, using: &generator), low: .random(in: 0 ... .max, using: &generator))
    }

    /// A random id from the system's generator.
    public static func random() -> ObjectID {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    private init(high: UInt64, low: UInt32) {
        self.high = high
        self.low = low
    }

    /// The 12 bytes.
    public var bytes: [UInt8] {
        withUnsafeBytes(of: high.bigEndian) { Array($0) } + withUnsafeBytes(of: low.bigEndian) { Array($0) }
    }

    /// 24 lower-case hexadecimal digits.
    public var description: String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
