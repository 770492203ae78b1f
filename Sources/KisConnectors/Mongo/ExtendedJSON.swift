import BSON
import Foundation
import KisFlow

/// BSON as JSON and back, after MongoDB's Extended JSON v2.
///
/// Numbers, texts, truth values, null, lists and documents are as in JSON. What JSON has no form for is a text that people can read, or the canonical form
/// (`{"$oid": …}`), from which the same BSON can be made again. Both are understood the other way only in the canonical form.
enum ExtendedJSON {
    enum Style: Sendable {
        /// Object ids, dates (ISO 8601), decimals and the like as texts.
        case readable
        case canonical
    }

    struct Unfit: Error {
        let reason: String
    }

    // MARK: - To JSON

    static func bytes(_ document: Document, _ style: Style) throws -> [UInt8] {
        var json: [UInt8] = []
        try write(document, style, &json)
        return json
    }

    private static func write(_ document: Document, _ style: Style, _ json: inout [UInt8]) throws {
        json.append(UInt8(ascii: "{"))
        for (number, element) in document.enumerated() {
            if number > 0 { json.append(UInt8(ascii: ",")) }
            json += try JSONObject.quoted(element.key)
            json.append(UInt8(ascii: ":"))
            try write(element.value, style, &json)
        }
        json.append(UInt8(ascii: "}"))
    }

    private static func write(_ value: BSONValue, _ style: Style, _ json: inout [UInt8]) throws {
        switch value {
        case .document(let document): try write(document, style, &json)
        case .array(let values):
            json.append(UInt8(ascii: "["))
            for (number, value) in values.enumerated() {
                if number > 0 { json.append(UInt8(ascii: ",")) }
                try write(value, style, &json)
            }
            json.append(UInt8(ascii: "]"))
        case .string(let text): json += try JSONObject.quoted(text)
        case .bool(let flag): json += "\(flag)".utf8
        case .null: json += "null".utf8
        case .int32(let number): json += "\(number)".utf8
        case .int64(let number): json += (style == .canonical ? "{\"$numberLong\":\"\(number)\"}" : "\(number)").utf8
        case .double(let number) where number.isFinite:
            json += (style == .canonical ? "{\"$numberDouble\":\"\(number)\"}" : "\(number)").utf8
        default: try writeOther(value, style, &json)
        }
    }

    /// What JSON has no form for.
    private static func writeOther(_ value: BSONValue, _ style: Style, _ json: inout [UInt8]) throws {
        let (readable, canonical) = try forms(of: value)
        json += style == .readable ? try JSONObject.quoted(readable) : Array(canonical.utf8)
    }

    private static func forms(of value: BSONValue) throws -> (readable: String, canonical: String) {
        func quoted(_ text: String) throws -> String { String(decoding: try JSONObject.quoted(text), as: UTF8.self) }
        switch value {
        case .objectID(let id): return ("\(id)", "{\"$oid\":\"\(id)\"}")
        case .date(let date): return (text(of: date), "{\"$date\":{\"$numberLong\":\"\(date.milliseconds)\"}}")
        case .decimal128(let decimal):
            let text = DecimalText.text(decimal)
            return (text, "{\"$numberDecimal\":\"\(text)\"}")
        case .double(let number):
            let text = number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity"
            return (text, "{\"$numberDouble\":\"\(text)\"}")
        case .binary(let subtype, let bytes):
            let base64 = Data(bytes).base64EncodedString()
            let kind = (subtype < 16 ? "0" : "") + String(subtype, radix: 16)
            return (base64, "{\"$binary\":{\"base64\":\"\(base64)\",\"subType\":\"\(kind)\"}}")
        case .timestamp(let time):
            return ("\(time.seconds).\(time.increment)", "{\"$timestamp\":{\"t\":\(time.seconds),\"i\":\(time.increment)}}")
        case .regex(let pattern, let options):
            return (
                "/\(pattern)/\(options)", try "{\"$regularExpression\":{\"pattern\":\(quoted(pattern)),\"options\":\(quoted(options))}}"
            )
        case .javascript(let code): return (code, try "{\"$code\":\(quoted(code))}")
        case .minKey: return ("MinKey", "{\"$minKey\":1}")
        case .maxKey: return ("MaxKey", "{\"$maxKey\":1}")
        default: throw Unfit(reason: "a value of one of BSON's deprecated types, which has no JSON form here")
        }
    }

    private static func text(of date: BSONDate) -> String {
        date.date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    // MARK: - From JSON

    static func document(_ json: some Collection<UInt8>) throws -> Document {
        guard let object = JSONObject(json) else { throw Unfit(reason: "no JSON object") }
        return Document(try object.fields.map { ($0.name, try value($0.value)) })
    }

    static func value(_ json: ArraySlice<UInt8>) throws -> BSONValue {
        switch json.first {
        case UInt8(ascii: "{"):
            guard let object = JSONObject(json) else { throw Unfit(reason: "no JSON object") }
            return try special(object) ?? .document(Document(try object.fields.map { ($0.name, try value($0.value)) }))
        case UInt8(ascii: "["):
            guard let elements = JSONObject.elements(json) else { throw Unfit(reason: "no JSON list") }
            return .array(try elements.map(value))
        case UInt8(ascii: "\""):
            guard let text = JSONObject.string(json) else { throw Unfit(reason: "no JSON text") }
            return .string(text)
        default: return try scalar(String(decoding: json, as: UTF8.self))
        }
    }

    private static func scalar(_ text: String) throws -> BSONValue {
        switch text {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: break
        }
        if let number = Int32(text) { return .int32(number) }
        if let number = Int64(text) { return .int64(number) }
        guard text.contains(where: { ".eE".contains($0) }) else {
            throw Unfit(reason: "the number \(text.prefix(40)), which is too large for MongoDB's whole numbers")
        }
        guard let number = Double(text), number.isFinite else { throw Unfit(reason: "\(text.prefix(40)), which is no number") }
        return .double(number)
    }

    /// What an object of the canonical form stands for.
    private static func special(_ object: JSONObject) throws -> BSONValue? {
        guard object.fields.count == 1, let (name, json) = object.fields.first, name.hasPrefix("$") else { return nil }
        let text = JSONObject.string(json)
        let inner = JSONObject(json)
        func wrong() -> Unfit { Unfit(reason: "\(name) with \(String(decoding: json.prefix(80), as: UTF8.self)), which is none") }
        switch name {
        case "$oid": return try text.flatMap { ObjectID($0) }.map { .objectID($0) } ?? { throw wrong() }()
        case "$numberInt": return try text.flatMap { Int32($0) }.map { .int32($0) } ?? { throw wrong() }()
        case "$numberLong": return try text.flatMap { Int64($0) }.map { .int64($0) } ?? { throw wrong() }()
        case "$numberDouble": return try text.flatMap { Double($0) }.map { .double($0) } ?? { throw wrong() }()
        case "$numberDecimal": return try text.flatMap { DecimalText.decimal($0) }.map { .decimal128($0) } ?? { throw wrong() }()
        case "$date": return try date(json).map { .date($0) } ?? { throw wrong() }()
        case "$code": return try text.map { .javascript($0) } ?? { throw wrong() }()
        case "$minKey": return .minKey
        case "$maxKey": return .maxKey
        case "$binary":
            guard let base64 = inner?["base64"].flatMap(JSONObject.string), let data = Data(base64Encoded: base64),
                let subtype = inner?["subType"].flatMap(JSONObject.string).flatMap({ UInt8($0, radix: 16) })
            else { throw wrong() }
            return .binary(subtype: subtype, bytes: [UInt8](data))
        case "$timestamp":
            guard let seconds = inner?["t"].flatMap({ UInt32(String(decoding: $0, as: UTF8.self)) }),
                let increment = inner?["i"].flatMap({ UInt32(String(decoding: $0, as: UTF8.self)) })
            else { throw wrong() }
            return .timestamp(BSONTimestamp(seconds: seconds, increment: increment))
        case "$regularExpression":
            guard let pattern = inner?["pattern"].flatMap(JSONObject.string), let options = inner?["options"].flatMap(JSONObject.string)
            else { throw wrong() }
            return .regex(pattern: pattern, options: options)
        default: return nil
        }
    }

    private static func date(_ json: ArraySlice<UInt8>) -> BSONDate? {
        if let milliseconds = JSONObject(json)?["$numberLong"].flatMap(JSONObject.string).flatMap({ Int64($0) }) {
            return BSONDate(milliseconds: milliseconds)
        }
        if let milliseconds = Int64(String(decoding: json, as: UTF8.self)) { return BSONDate(milliseconds: milliseconds) }
        guard let text = JSONObject.string(json) else { return nil }
        let styles = [Date.ISO8601FormatStyle(includingFractionalSeconds: true), Date.ISO8601FormatStyle()]
        return styles.lazy.compactMap { try? $0.parse(text) }.first.map { BSONDate($0) }
    }
}
