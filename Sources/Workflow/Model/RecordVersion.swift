/// The fence of an instance or task document: the owner's epoch in the upper half, the owner's counter in the lower.
///
/// Every update is conditional on a lower version and sets a higher one. So it can be sent again when its outcome is unknown, a delayed older write
/// never lands on a newer one, and a write of an owner that was replaced never lands at all.
public struct RecordVersion: RawRepresentable, Hashable, Comparable, Sendable, Codable {
    public var rawValue: Int64

    public init(rawValue: Int64) { self.rawValue = rawValue }

    public init(epoch: Int64, counter: Int64 = 0) {
        rawValue = epoch << 32 | (counter & 0xFFFF_FFFF)
    }

    /// The version of a document that nobody has owned yet.
    public static let zero = RecordVersion(rawValue: 0)

    /// How many owners the document has had.
    public var epoch: Int64 { rawValue >> 32 }
    /// How many writes the present owner has made or prepared.
    public var counter: Int64 { rawValue & 0xFFFF_FFFF }

    /// The next version of the same owner.
    public var next: RecordVersion { RecordVersion(rawValue: rawValue + 1) }
    /// The first version of the next owner.
    public var nextEpoch: RecordVersion { RecordVersion(epoch: epoch + 1) }

    public static func < (left: RecordVersion, right: RecordVersion) -> Bool { left.rawValue < right.rawValue }

    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

extension RecordVersion: CustomStringConvertible {
    public var description: String { "\(epoch).\(counter)" }
}
