package import BSON

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ExtendedJSON {
    /// - Throws: `Mistake` that says what is wrong and at which byte.
    package static func document(_ json: some Sequence<UInt8>) throws(Mistake) -> Document {
        var reader = JSONReader(Array(json))
        let value = try reader.whole()
        guard case .document(let document) = value else { throw Mistake("this is no JSON object") }
        return document
    }

    /// What an object of one special key stands for; `nil` if it stands for itself.
    static func meaning(of key: String, _ value: BSONValue) throws(Mistake) -> BSONValue? {
        guard special.contains(key) else { return nil }
        guard let meaning = plain(key, value) ?? nested(key, value) else {
            throw Mistake("{\"\(key)\": …} does not hold what it must")
        }
        return meaning
    }

    private static func plain(_ key: String, _ value: BSONValue) -> BSONValue? {
        let text = value.stringValue
        switch key {
        case wrapper: return value.documentValue.map { .document($0) }
        case "$numberInt": return text.flatMap { Int32($0) }.map { .int32($0) }
        case "$numberLong": return text.flatMap { Int64($0) }.map { .int64($0) }
        case "$numberDouble":
            switch text {
            case "NaN": return .double(.nan)
            case "Infinity": return .double(.infinity)
            case "-Infinity": return .double(-.infinity)
            default: return text.flatMap { Double($0) }.map { .double($0) }
            }
        case "$oid": return text.flatMap { ObjectID($0) }.map { .objectID($0) }
        case "$code": return text.map { .javascript($0) }
        case "$minKey": return .minKey
        case "$maxKey": return .maxKey
        case "$date":
            let milliseconds = text.flatMap(ISOTime.milliseconds) ?? value.int64Value
            return milliseconds.map { .date(BSONDate(milliseconds: $0)) }
        default: return nil
        }
    }

    private static func nested(_ key: String, _ value: BSONValue) -> BSONValue? {
        guard let inner = value.documentValue else { return nil }
        switch key {
        case "$binary":
            guard let data = inner["base64"]?.stringValue.flatMap({ Data(base64Encoded: $0) }),
                let subtype = inner["subType"]?.stringValue.flatMap({ UInt8($0, radix: 16) })
            else { return nil }
            return .binary(subtype: subtype, bytes: Array(data))
        case "$timestamp":
            guard let seconds = inner["t"]?.int64Value.flatMap({ UInt32(exactly: $0) }),
                let increment = inner["i"]?.int64Value.flatMap({ UInt32(exactly: $0) })
            else { return nil }
            return .timestamp(BSONTimestamp(seconds: seconds, increment: increment))
        case "$regularExpression":
            guard let pattern = inner["pattern"]?.stringValue, let options = inner["options"]?.stringValue else { return nil }
            return .regex(pattern: pattern, options: options)
        default: return nil
        }
    }
}
