extension BSONValue {
    /// The text of a string.
    public var stringValue: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number, if it is a whole one that fits: int32, int64, or a double without a fraction.
    public var int64Value: Int64? {
        switch self {
        case .int32(let number): Int64(number)
        case .int64(let number): number
        case .double(let number): Int64(exactly: number)
        default: nil
        }
    }

    /// The number as a double, if it is a double, int32 or int64 (beyond 2^53 the nearest double).
    public var doubleValue: Double? {
        switch self {
        case .double(let number): number
        case .int32(let number): Double(number)
        case .int64(let number): Double(number)
        default: nil
        }
    }

    public var boolValue: Bool? {
        if case .bool(let flag) = self { flag } else { nil }
    }

    public var documentValue: Document? {
        if case .document(let document) = self { document } else { nil }
    }

    public var arrayValue: [BSONValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    public var objectIDValue: ObjectID? {
        if case .objectID(let id) = self { id } else { nil }
    }

    /// The bytes of a binary value of any subtype.
    public var binaryValue: [UInt8]? {
        if case .binary(_, let bytes) = self { bytes } else { nil }
    }

    public var isNull: Bool {
        self == .null
    }
}
