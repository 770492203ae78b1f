import BSON
import Records
import Testing

@Suite("Extended JSON of exports")
struct ExtendedJSONTests {
    private func text(_ document: Document) throws -> String { try ExtendedJSON.text(document) }

    private func mistake(_ text: String) -> String {
        do throws(ExtendedJSON.Mistake) { return "\(try ExtendedJSON.document(text.utf8))" } catch { return error.description }
    }

    @Test("numbers, dates and bytes keep their types; what JSON says by itself is as in JSON")
    func forms() throws {
        let document: Document = [
            "text": "ä\"\\\n\u{1}€😀", "yes": true, "none": nil, "list": [1, "two", []], "inner": ["b": 1, "a": 2],
            "int": .int32(5), "long": .int64(5), "huge": .int64(9_007_199_254_740_993), "least": .int64(.min), "half": 1.5, "whole": 2.0,
            "tiny": .double(.leastNonzeroMagnitude), "vast": 1e300, "minus": -0.0, "endless": .double(-.infinity),
            "date": .date(BSONDate(milliseconds: 1_357_016_400_250)), "old": .date(BSONDate(milliseconds: -1)),
            "far": .date(BSONDate(milliseconds: 253_402_300_800_000)), "bytes": .binary(subtype: 128, bytes: [0, 255]),
            "time": .timestamp(BSONTimestamp(seconds: 7, increment: 1)), "pattern": .regex(pattern: "a\"b", options: "i"), "": "no name",
        ]
        let json = try text(document)
        #expect(json.contains(#""text":"ä\"\\\n\u0001€😀","yes":true,"none":null,"list":[1,"two",[]],"inner":{"b":1,"a":2}"#))
        #expect(json.contains(#""int":5,"long":{"$numberLong":"5"},"huge":9007199254740993,"#))
        #expect(json.contains(#""half":1.5,"whole":{"$numberDouble":"2.0"},"tiny":5e-324,"#))
        #expect(json.contains(#""date":{"$date":"2013-01-01T05:00:00.250Z"},"old":{"$date":{"$numberLong":"-1"}},"#))
        #expect(json.contains(#""bytes":{"$binary":{"base64":"AP8=","subType":"80"}}"#))
        #expect(try ExtendedJSON.document(json.utf8).bytes == document.bytes)
    }

    @Test("a document that looks like a special form stays a document")
    func lookalikes() throws {
        for document: Document in [
            ["$date": "never"], ["$oid": 1], ["$document": ["$document": ["$numberLong": "x"]]], ["$date": 1, "b": 2], ["$where": "x"],
            ["$document": ["$date": 1], "b": ["$date": 2]], ["$document": 1], ["a": ["$document": [:]]],
        ] {
            let whole: Document = ["value": .document(document), "list": [.document(document)]]
            #expect(try ExtendedJSON.document(try text(whole).utf8).bytes == whole.bytes)
        }
        #expect(try text(["a": ["$date": "never"]]) == #"{"a":{"$document":{"$date":"never"}}}"#)
    }

    @Test("whatever there is comes back byte for byte")
    func roundTrips() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let document = Document((0..<Int.random(in: 0...4, using: &generator)).map { ("k\($0)", Self.value(3, &generator)) })
            #expect(try ExtendedJSON.document(try text(document).utf8).bytes == document.bytes)
        }
    }

    private static func value(_ depth: Int, _ generator: inout SystemRandomNumberGenerator) -> BSONValue {
        switch Int.random(in: 0...(depth > 0 ? 9 : 7), using: &generator) {
        case 0: .null
        case 1: .bool(.random(using: &generator))
        case 2: .int32(.random(in: .min ... .max, using: &generator))
        case 3: .int64(.random(in: .min ... .max, using: &generator))
        case 4: .double(number(&generator))
        case 5: .date(BSONDate(milliseconds: .random(in: -1_000_000_000_000_000...1_000_000_000_000_000, using: &generator)))
        case 6:
            .string(
                String(
                    String.UnicodeScalarView(
                        (0..<5).compactMap { _ in Unicode.Scalar(UInt32.random(in: 0...0x2_FFFF, using: &generator)) })))
        case 7: .binary(subtype: 0, bytes: (0..<3).map { _ in .random(in: 0...255, using: &generator) })
        case 8: .array((0..<2).map { _ in value(depth - 1, &generator) })
        default:
            .document(
                Document(
                    (0..<2).map {
                        ((["$date", "$x", "a"].randomElement(using: &generator) ?? "b") + "\($0)", value(depth - 1, &generator))
                    }))
        }
    }

    /// Not-a-number has many forms, which JSON does not tell apart.
    private static func number(_ generator: inout SystemRandomNumberGenerator) -> Double {
        let number = Double(bitPattern: .random(in: .min ... .max, using: &generator))
        return number.isNaN ? 0.1 : number
    }

    @Test("other programs' JSON is read too: blanks, escapes, pairs of surrogates, whole milliseconds")
    func foreign() throws {
        let document = try ExtendedJSON.document(
            #" { "a" : [ 1 , 2.5e1 ] , "b" : "\u00e4\ud83d\ude00\/\b\f" , "c": {"$date": {"$numberLong": "5"}}, "d": {"$date": 7} } "#.utf8)
        #expect(document["a"] == .array([.int32(1), .double(25)]))
        #expect(document["b"] == .string("ä😀/\u{8}\u{C}"))
        #expect(document["c"] == .date(BSONDate(milliseconds: 5)))
        #expect(document["d"] == .date(BSONDate(milliseconds: 7)))
    }

    @Test("what is wrong is said, and where")
    func mistakes() {
        #expect(mistake(#"{"a": 1,}"#) == "byte 9: expected a key in quotes")
        #expect(mistake(#"{"a": tru}"#) == "byte 7: 'tru' is no JSON value")
        #expect(mistake(#"{"a": 1} x"#) == "byte 10: something follows the end")
        #expect(mistake(#"{"a": 1, "a": 2}"#).contains("the key 'a' is there twice"))
        #expect(mistake(#"{"a": "x"#).contains("a text does not end"))
        #expect(mistake(#"{"a": "\ud800"}"#).contains("half of a surrogate pair"))
        #expect(mistake(#"{"a": 123456789012345678901}"#).contains("is no JSON value"))
        #expect(mistake(#"{"a": 0x1p3}"#).contains("is no JSON value"))
        #expect(mistake(#"{"a": {"$date": "yesterday"}}"#) == #"{"$date": …} does not hold what it must"#)
        #expect(mistake(#"{"a": {"$date": "2013-02-30T00:00:00.000Z"}}"#).contains("does not hold"))
        #expect(mistake("[1]") == "this is no JSON object")
        #expect(mistake("") == "byte 1: the text ends early")
        #expect(mistake(String(repeating: "[", count: 100_000)).contains("deeper than"))
    }
}
