#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension BSONDate {
    /// Rounds to the nearest millisecond; dates beyond the range of 64 bits (292 million years) become its ends.
    public init(_ date: Date) {
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
        if let exact = Int64(exactly: milliseconds) {
            self.init(milliseconds: exact)
        } else {
            self.init(milliseconds: milliseconds < 0 ? .min : .max)
        }
    }

    /// The same moment as a Foundation date.
    public var date: Date {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    }
}

extension BSONValue {
    /// A BSON date from a Foundation date, to the nearest millisecond.
    public static func date(_ date: Date) -> BSONValue {
        .date(BSONDate(date))
    }

    /// The moment, if the value is a date.
    public var dateValue: Date? {
        if case .date(let date) = self { date.date } else { nil }
    }

    /// Generic binary data (subtype 0).
    public static func binary(_ data: Data) -> BSONValue {
        .binary(subtype: 0, bytes: [UInt8](data))
    }
}
