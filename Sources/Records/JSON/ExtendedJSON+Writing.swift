package import BSON
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ExtendedJSON {
    /// - Throws: `Mistake` for a value that has no form here.
    package static func text(_ document: Document) throws -> String {
        var json: [UInt8] = []
        json.reserveCapacity(document.bytes.count * 2)
        try append(document, to: &json)
        return String(decoding: json, as: UTF8.self)
    }

    private static func append(_ document: Document, to json: inout [UInt8]) throws {
        let looksSpecial = document.firstKey.map { $0 == wrapper || special.contains($0) && document.keys.count == 1 } ?? false
        if looksSpecial { json += "{\"$document\":".utf8 }
        json.append(UInt8(ascii: "{"))
        for (number, element) in document.enumerated() {
            if number > 0 { json.append(UInt8(ascii: ",")) }
            append(text: element.key, to: &json)
            json.append(UInt8(ascii: ":"))
            try append(element.value, to: &json)
        }
        json.append(UInt8(ascii: "}"))
        if looksSpecial { json.append(UInt8(ascii: "}")) }
    }

    private static func append(_ value: BSONValue, to json: inout [UInt8]) throws {
        switch value {
        case .null: json += "null".utf8
        case .bool(let flag): json += (flag ? "true" : "false").utf8
        case .string(let text): append(text: text, to: &json)
        case .document(let document): try append(document, to: &json)
        case .array(let elements):
            json.append(UInt8(ascii: "["))
            for (number, element) in elements.enumerated() {
                if number > 0 { json.append(UInt8(ascii: ",")) }
                try append(element, to: &json)
            }
            json.append(UInt8(ascii: "]"))
        case .int32(let number): json += "\(number)".utf8
        case .int64(let number): json += (Int32(exactly: number) == nil ? "\(number)" : "{\"$numberLong\":\"\(number)\"}").utf8
        case .double(let number): json += text(number).utf8
        case .date(let date): json += text(date).utf8
        default: try appendRare(value, to: &json)
        }
    }

    /// Programs that read JSON make an integer of `2.0`: only what has a fraction stays a double by itself.
    private static func text(_ number: Double) -> String {
        if number.isFinite { return number == number.rounded() ? "{\"$numberDouble\":\"\(number)\"}" : "\(number)" }
        return "{\"$numberDouble\":\"\(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")\"}"
    }

    private static func text(_ date: BSONDate) -> String {
        guard readableDates.contains(date.milliseconds) else { return "{\"$date\":{\"$numberLong\":\"\(date.milliseconds)\"}}" }
        return "{\"$date\":\"\(ISOTime.text(date.milliseconds))\"}"
    }

    private static func appendRare(_ value: BSONValue, to json: inout [UInt8]) throws {
        switch value {
        case .binary(let subtype, let bytes):
            let kind = (subtype < 16 ? "0" : "") + String(subtype, radix: 16)
            json += "{\"$binary\":{\"base64\":\"\(Data(bytes).base64EncodedString())\",\"subType\":\"\(kind)\"}}".utf8
        case .objectID(let id): json += "{\"$oid\":\"\(id)\"}".utf8
        case .timestamp(let time): json += "{\"$timestamp\":{\"t\":\(time.seconds),\"i\":\(time.increment)}}".utf8
        case .regex(let pattern, let options):
            json += "{\"$regularExpression\":{\"pattern\":".utf8
            append(text: pattern, to: &json)
            json += ",\"options\":".utf8
            append(text: options, to: &json)
            json += "}}".utf8
        case .javascript(let code):
            json += "{\"$code\":".utf8
            append(text: code, to: &json)
            json.append(UInt8(ascii: "}"))
        case .minKey: json += "{\"$minKey\":1}".utf8
        case .maxKey: json += "{\"$maxKey\":1}".utf8
        default: throw Mistake("the value \(value) has no form in the JSON of exports")
        }
    }

    private static func append(text: String, to json: inout [UInt8]) { json += Value.string(text).compactJSON.utf8 }
}
