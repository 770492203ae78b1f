import Foundation
import KisFlow
import Testing

@Suite("Encoding JSON")
struct JSONEncodingTests {
    private func encode<Row: Encodable>(_ row: Row) throws -> String {
        String(decoding: try RowCodec().bytes(of: row), as: UTF8.self)
    }

    @Test("keys are sorted, slashes are not escaped, whole numbers have no point")
    func form() throws {
        struct Row: Codable {
            var url = "a/b"
            var b = 1.0
            var a = [1.5, 1e20, -0.0]
            var nothing: Int?
            var more = ["z": 1, "a!": 2, "a": 3]
        }
        #expect(try encode(Row()) == #"{"a":[1.5,1e+20,-0],"b":1,"more":{"a":3,"a!":2,"z":1},"url":"a/b"}"#)
        #expect(try encode(["\u{0}\u{8}\u{1f}\n\"\\é🐦\u{7f}"]) == "[\"\\u0000\\b\\u001f\\n\\\"\\\\é🐦\u{7f}\"]")
    }

    @Test("doubles and floats read back as they were")
    func doubles() throws {
        var random = SplitMix64(state: 4)
        for _ in 0..<5_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            #expect(try Double(encode(value)) == value)
            #expect(try Double(encode(value.rounded())) == value.rounded())
        }
        #expect(try encode(Float(0.1)) == "0.1")
        #expect(throws: EncodingError.self) { try encode(["a": Double.nan]) }
    }

    @Test("dates, bytes, URLs, decimals and large integers are written as Foundation does by default")
    func foundationTypes() throws {
        #expect(try encode(Date(timeIntervalSinceReferenceDate: 12.5)) == "12.5")
        #expect(try encode([Data([1, 2, 255])]) == #"["AQL/"]"#)
        #expect(try encode(#require(URL(string: "http://a/b"))) == #""http://a/b""#)
        #expect(try encode(#require(Decimal(string: "123456789012345678901234567890.5"))) == "123456789012345678901234567890.5")
        #expect(try encode([Int128.min]) == "[-170141183460469231731687303715884105728]")
        #expect(try encode([UInt64.max, 0]) == "[18446744073709551615,0]")
        #expect(try encode([2: "b", 10: "a"]) == #"{"10":"a","2":"b"}"#)
    }

    @Test("containers may be written to in turns, and to a key twice")
    func interleaved() throws {
        struct Row: Encodable {
            enum Name: CodingKey { case x, y, z }
            func encode(to encoder: any Encoder) throws {
                var fields = encoder.container(keyedBy: Name.self)
                var x = fields.nestedContainer(keyedBy: Name.self, forKey: .x)
                var y = fields.nestedUnkeyedContainer(forKey: .y)
                try x.encode(1, forKey: .x)
                try y.encode(2)
                try x.encode(3, forKey: .y)
                try y.encodeNil()
                try fields.encode(1, forKey: .z)
                var again = fields.nestedContainer(keyedBy: Name.self, forKey: .x)
                try again.encode(9, forKey: .y)
                var same = encoder.container(keyedBy: Name.self)
                try same.encode(2, forKey: .z)
                _ = y.superEncoder()
            }
        }
        #expect(try encode(Row()) == #"{"x":{"x":1,"y":9},"y":[2,null,{}],"z":2}"#)
        #expect(try encode(Row()) == String(decoding: JSONEncoder.sorted.encode(Row()), as: UTF8.self))
    }

    @Test("a value whose encoding fails is left out when the error is caught")
    func caught() throws {
        struct Row: Encodable {
            enum Name: CodingKey { case a, b }
            func encode(to encoder: any Encoder) throws {
                var fields = encoder.container(keyedBy: Name.self)
                try? fields.encode([1, Double.nan], forKey: .a)
                try fields.encode(1, forKey: .b)
            }
        }
        #expect(try encode(Row()) == #"{"b":1}"#)
    }

    @Test("an error names the field with its path")
    func paths() throws {
        do {
            _ = try encode(["a": [["b": 1.0], ["b": Double.infinity]]])
            Issue.record("it was encoded")
        } catch {
            #expect(RowCodec().badRow(error, index: 0, text: "").cause == "field a.[1].b: JSON has no number inf")
        }
    }

    @Test("a row that encodes nothing is refused")
    func nothing() {
        struct Nothing: Encodable { func encode(to encoder: any Encoder) {} }
        #expect(throws: EncodingError.self) { try encode(Nothing()) }
    }

    @Test("an encoder that outlives its row does not touch the next")
    func keptEncoder() throws {
        final class Keeper: Encodable {
            nonisolated(unsafe) var kept: (any Encoder)?
            func encode(to encoder: any Encoder) throws {
                kept = encoder
                var container = encoder.singleValueContainer()
                try container.encode(1)
            }
        }
        let codec = RowCodec()
        let keeper = Keeper()
        _ = try codec.bytes(of: keeper)
        var late = try #require(keeper.kept).unkeyedContainer()
        try late.encode("late")
        #expect(try codec.bytes(of: [1]) == Data("[1]".utf8))
    }
}

extension JSONEncoder {
    fileprivate static var sorted: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
