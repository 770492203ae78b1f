/// MongoDB's internal timestamp: seconds since 1970 and a counter within the second. Not a date for applications.
public struct BSONTimestamp: Sendable, Hashable {
    public var seconds: UInt32
    public var increment: UInt32

    public init(seconds: UInt32, increment: UInt32) {
        self.seconds = seconds
        self.increment = increment
    }

    init(rawValue: UInt64) {
        self.init(seconds: UInt32(rawValue >> 32), increment: UInt32(truncatingIfNeeded: rawValue))
    }

    var rawValue: UInt64 {
        UInt64(seconds) << 32 | UInt64(increment)
    }
}
