/// A BSON date: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
public struct BSONDate: Sendable, Hashable, Comparable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    public static func < (left: BSONDate, right: BSONDate) -> Bool {
        left.milliseconds < right.milliseconds
    }
}
