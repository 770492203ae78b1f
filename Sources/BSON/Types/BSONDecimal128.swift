/// A 128-bit IEEE 754-2008 decimal, kept as its 16 bytes. Nothing here computes with it.
public struct BSONDecimal128: Sendable, Hashable {
    private let low: UInt64
    private let high: UInt64

    /// A decimal of 16 bytes in BSON's (little-endian) order; nil for any other number of bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        low = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        high = bytes.suffix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The 16 bytes in BSON's (little-endian) order.
    public var bytes: [UInt8] {
        withUnsafeBytes(of: low.littleEndian) { Array($0) } + withUnsafeBytes(of: high.littleEndian) { Array($0) }
    }
}
