import Foundation
import KisFlow
import Testing

@Suite("Decoding JSON")
struct JSONDecodingTests {
    private func decode<Row: Decodable>(_ type: Row.Type, _ text: String, must: [String] = []) throws -> Row {
        try RowCodec().row(type, from: Data(text.utf8), must: must)
    }

    private func reason<Row: Decodable>(_ type: Row.Type, _ text: String) -> String? {
        let codec = RowCodec()
        do {
            _ = try codec.row(type, from: Data(text.utf8))
            return nil
        } catch {
            return codec.badRow(error, index: 0, text: text).cause
        }
    }

    @Test(
        "text that is no JSON is refused with the place of the mistake",
        arguments: [
            ("", "the text ends too early, at byte 0"), (#"{"a":1"#, "the text ends too early, at byte 6"),
            ("[1,]", "a value is expected, not ], at byte 3"),
            (#"{"a":1,}"#, "a key in quotes is expected, not }, at byte 7"), ("[1]]", "nothing more is expected, not ], at byte 3"),
            ("1\u{0}", "nothing more is expected, not byte 0x0, at byte 1"),
            ("[01]", "a number cannot begin with 0 and another digit, at byte 1"),
            ("\"\u{1}\"", "a control character in a string must be escaped, not byte 0x1, at byte 1"),
            (#""\ud800""#, "half of a pair of surrogates, at byte 1"),
            (#"{"a" 1}"#, "a colon is expected, not 1, at byte 5"), ("[1 2]", "a comma or ] is expected, not 2, at byte 3"),
            ("tru", "the text ends too early, at byte 3"),
        ])
    func mistakes(text: String, expected: String) {
        #expect(reason(FieldValue.self, text) == "no JSON: \(expected)")
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        #expect(throws: DecodingError.self) { try RowCodec().row(FieldValue.self, from: Data([0x22] + bytes + [0x22])) }
    }

    @Test("arrays may be 512 deep and no deeper")
    func depth() throws {
        let deep = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        _ = try decode(FieldValue.self, deep(512))
        #expect(reason(FieldValue.self, deep(513)) == "no JSON: more than 512 arrays and objects inside each other, not [, at byte 512")
        #expect(throws: DecodingError.self) { try decode(FieldValue.self, String(repeating: "{\"a\":", count: 100_000)) }
    }

    @Test("of fields with the same key the first counts, in whatever order they are asked for")
    func duplicateKeys() throws {
        struct Row: Codable, Equatable {
            var b: Int
            var a: Int
        }
        let text = #"{"a":1,"b":2,"a":3,"b":4}"#
        #expect(try decode(Row.self, text) == Row(b: 2, a: 1))
        #expect(try decode([String: Int].self, text) == ["a": 1, "b": 2])
        #expect(try decode([String: FieldValue].self, text) == ["a": .int(1), "b": .int(2)])
        struct Twice: Decodable {
            let values: [Int]
            init(from decoder: any Decoder) throws {
                let fields = try decoder.container(keyedBy: Name.self)
                values = try [.a, .b, .a, .b, .b, .a].map { try fields.decode(Int.self, forKey: $0) }
            }
            enum Name: CodingKey { case a, b }
        }
        #expect(try decode(Twice.self, text).values == [1, 2, 1, 2, 2, 1])
    }

    @Test("keys are found whatever their order, also when they need escapes and when some are missing")
    func keyOrder() throws {
        struct Wide: Codable, Equatable {
            var first_name_of_person: String?
            var zip: Int?
            var a: Int?
            var b2: Int?
            var quote: Int?
            var umlaut: Int?
            enum CodingKeys: String, CodingKey {
                case first_name_of_person, zip, a, b2
                case quote = "\""
                case umlaut = "ü"
            }
        }
        let fields = [#""first_name_of_person":"x""#, #""zip":1"#, #""a":2"#, #""b2":3"#, #""\"":4"#, #""\u00fc":5"#, #""other":[{}]"#]
        let whole = Wide(first_name_of_person: "x", zip: 1, a: 2, b2: 3, quote: 4, umlaut: 5)
        var random = SplitMix64(state: 5)
        for _ in 0..<200 {
            let count = Int.random(in: 0...fields.count, using: &random)
            let text = "{" + fields.shuffled(using: &random).prefix(count).joined(separator: ",") + "}"
            let expected = try JSONDecoder().decode(Wide.self, from: Data(text.utf8))
            #expect(try decode(Wide.self, text) == expected)
            if count == fields.count { #expect(expected == whole) }
        }
    }

    @Test("whole numbers may have a fraction or an exponent; what does not fit is refused")
    func integers() throws {
        #expect(
            try decode([Int].self, "[1.0, 1e3, -0, 10e-1, 9007199254740993.0, 9223372036854775807.0]") == [
                1, 1_000, 0, 1, 9_007_199_254_740_993, .max,
            ])
        #expect(try decode([Int8].self, "[-128, 127, 1.27e2]") == [-128, 127, 127])
        #expect(try decode(UInt64.self, "18446744073709551615") == .max)
        #expect(try decode(Int128.self, "-170141183460469231731687303715884105728") == .min)
        #expect(reason(Int8.self, "128") == "128 does not fit into Int8")
        for text in ["1.5", "1e-400", "9223372036854775808", "1e19", "1e400", "-9223372036854775809", "1e999999999999999999999999"] {
            #expect(throws: DecodingError.self) { try decode(Int.self, text) }
        }
        #expect(throws: DecodingError.self) { try decode(UInt.self, "-1") }
    }

    @Test("decimal numbers are rounded as they should be; those out of range are refused")
    func doubles() throws {
        var random = SplitMix64(state: 3)
        for _ in 0..<5_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            #expect(try decode(Double.self, "\(value)") == value)
        }
        #expect(try decode(Double.self, "-0").sign == .minus)
        #expect(try decode(Double.self, "123456789012345678901234567890") == 1.2345678901234568e29)
        #expect(try decode(Double.self, "0e400") == 0)
        #expect(try decode(Float.self, "16777217") == 16_777_216)
        for text in ["1e400", "-1e309", "1e-400"] { #expect(throws: DecodingError.self) { try decode(Double.self, text) } }
        for text in ["1e39", "1e-50"] { #expect(throws: DecodingError.self) { try decode(Float.self, text) } }
    }

    @Test("dates, bytes, URLs and decimals are read as Foundation does by default")
    func foundationTypes() throws {
        #expect(try decode(Date.self, "12.5") == Date(timeIntervalSinceReferenceDate: 12.5))
        #expect(try decode(Data.self, #""AQID""#) == Data("\"AQID\"".utf8), "as a row, Data is the text itself")
        #expect(try decode([Data].self, #"["AQID"]"#) == [Data([1, 2, 3])])
        #expect(reason([Data].self, #"["A"]"#) == "field [0]: the text is not Base64")
        #expect(try decode(URL.self, #""http://a/b?c""#).absoluteString == "http://a/b?c")
        #expect(reason([URL].self, #"[""]"#) == "field [0]: the text is no URL")
        #expect(try decode(Decimal.self, "1.2345678901234567890123456789") == Decimal(string: "1.2345678901234567890123456789"))
        #expect(reason(Decimal.self, #""1""#) == "Decimal expected; a text found")
        #expect(try decode([Int: String].self, #"{"1":"a","02":"b"}"#) == [1: "a", 2: "b"])
    }

    @Test("errors name the field with its path")
    func paths() {
        struct Address: Codable { var zip: Int }
        struct Person: Codable {
            var address: Address
            var others: [Address]?
        }
        #expect(reason(Person.self, #"{"address":{"zip":"x"}}"#) == "field address.zip: Int expected; a text found")
        #expect(reason(Person.self, #"{"address":{}}"#) == "field address.zip: missing")
        #expect(
            reason(Person.self, #"{"address":{"zip":1},"others":[{"zip":1},{"zip":null}]}"#)
                == "field others.[1].zip: no value, Int expected")
        #expect(reason([[Int]].self, #"[[1],[2,true]]"#) == "field [1].[1]: Int expected; a boolean found")
        #expect(reason(Person.self, "[]") == "Dictionary<String, Any> expected; an array found")
    }

    @Test("a superclass reads from its own object, or from the same")
    func superclasses() throws {
        class Base: Decodable { var a: Int }
        final class Nested: Base {
            let b: Int
            enum Name: CodingKey { case b }
            required init(from decoder: any Decoder) throws {
                let fields = try decoder.container(keyedBy: Name.self)
                b = try fields.decode(Int.self, forKey: .b)
                try super.init(from: fields.superDecoder())
            }
        }
        let row = try decode(Nested.self, #"{"b":2,"super":{"a":1}}"#)
        #expect(row.a == 1 && row.b == 2)
        #expect(reason(Nested.self, #"{"b":2}"#) == "field super: no value, Dictionary<String, Any> expected")
        #expect(reason(Nested.self, #"{"b":2,"super":{"a":null}}"#) == "field super.a: no value, Int expected")
    }

    @Test("a container that outlives its row still reads that row")
    func keptContainer() throws {
        struct Kept: Decodable {
            enum Name: CodingKey { case a }
            let fields: KeyedDecodingContainer<Name>
            init(from decoder: any Decoder) throws { fields = try decoder.container(keyedBy: Name.self) }
        }
        let codec = RowCodec()
        let rows = try (0..<3).map { try codec.row(Kept.self, from: Data(#"{"a":\#($0)}"#.utf8)) }
        #expect(try rows.map { try $0.fields.decode(Int.self, forKey: .a) } == [0, 1, 2])
    }

    @Test("required fields are found in the same pass, whatever the type reads")
    func must() throws {
        #expect(try decode([String: Int].self, #"{"b":1,"a":2}"#, must: ["a", "b"]) == ["a": 2, "b": 1])
        #expect(throws: MissingField.self) { try decode(FieldValue.self, #"{"a":null}"#, must: ["a"]) }
        #expect(throws: MissingField.self) { try decode(String.self, #"{"b":1}"#, must: ["b", "a"]) }
        #expect(throws: DecodingError.self) { try decode(String.self, "[]", must: ["a"]) }
        #expect(throws: DecodingError.self) { try decode(String.self, #"{"a":1"#, must: ["a"]) }
    }
}
