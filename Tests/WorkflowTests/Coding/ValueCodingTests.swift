import Foundation
import TestSupport
import Testing
import Workflow

@Suite("Decoding parameters")
struct ValueDecoderTests {
    struct File: Codable, Hashable {
        var name: String
        var size: Int?
        var tags: [String] = []
        enum CodingKeys: CodingKey { case name, size, tags }
        init(name: String, size: Int? = nil, tags: [String] = []) {
            self.name = name
            self.size = size
            self.tags = tags
        }
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            name = try container.decode(String.self, forKey: .name)
            size = try container.decodeIfPresent(Int.self, forKey: .size)
            tags = try container.decodeIfPresent([String].self, forKey: .tags) ?? []
        }
    }
    enum Mode: String, Codable, CaseIterable { case fast, safe }
    struct Parameters: Codable, Hashable {
        var files: [File]
        var timeout: Int = 0
        var mode: Mode?
    }

    private func decode<T: Decodable>(_ type: T.Type, _ value: Value) throws -> T { try ValueDecoder().decode(type, from: value) }

    @Test("scalars are converted where nothing is lost")
    func lenient() throws {
        #expect(try decode([Int].self, [5, "5", 5.0, "-7"]) == [5, 5, 5, -7])
        #expect(try decode([Bool].self, [true, "true", "FALSE"]) == [true, true, false])
        #expect(try decode([String].self, ["a", 5, 2.5, true]) == ["a", "5", "2.5", "true"])
        #expect(try decode([Double].self, [1, 2.5, "1e3"]) == [1, 2.5, 1000])
        #expect(try decode([String].self, "one") == ["one"])
        #expect(try decode([File].self, ["name": "x"]) == [File(name: "x")])
        #expect(try decode(Set<Int>.self, 7) == [7])
        #expect(try decode([UInt64].self, ["18446744073709551615"]) == [.max])
        #expect(try decode(Float.self, 0.1) == 0.1)
        #expect(try decode([Int?].self, [1, nil]) == [1, nil])
        #expect(try decode([String: Int].self, ["a": 1, "b": "2"]) == ["a": 1, "b": 2])
        #expect(try decode([Int: String].self, ["1": "a"]) == [1: "a"])
        #expect(try decode(Value.self, ["a": [1, "1", 1.0]]) == ["a": [1, "1", 1.0]])
        #expect(try decode(UUID.self, "E621E1F8-C36C-495A-93FC-0C247A3E6E5F").uuidString == "E621E1F8-C36C-495A-93FC-0C247A3E6E5F")
        #expect(try decode(Data.self, "aGk=") == Data("hi".utf8))
        #expect(try decode(URL.self, "http://localhost/x").path == "/x")
    }

    struct Failure: Sendable, CustomTestStringConvertible {
        var message: String
        var decode: @Sendable () throws -> Void
        var testDescription: String { message }

        init<T: Decodable & SendableMetatype>(_ type: T.Type, _ value: Value, _ message: String) {
            self.message = message
            decode = { _ = try ValueDecoder().decode(T.self, from: value) }
        }
    }

    static let failures = [
        Failure(Parameters.self, ["files": [], "timeout": "soon"], "params.timeout: expected an integer, found the string \"soon\""),
        Failure(
            Parameters.self, ["files": [["name": "a"], ["name": [1]]], "timeout": 1],
            "params.files[1].name: expected a string, found a list of 1"),
        Failure(Parameters.self, ["timeout": 1], "params.files: is missing"),
        Failure(Parameters.self, ["files": nil, "timeout": 1], "params.files: expected a list, found null"),
        Failure(Parameters.self, ["files": [], "timeout": 1.5], "params.timeout: expected an integer, found the number 1.5"),
        Failure(Parameters.self, ["files": [], "timeout": 1e300], "params.timeout: expected an integer, found the number 1e+300"),
        Failure(Parameters.self, ["files": [], "timeout": .double(.nan)], "params.timeout: expected an integer, found the number nan"),
        Failure(
            Parameters.self, ["files": [], "timeout": 1, "mode": "fsat"],
            "params.mode: expected fast or safe, found the string \"fsat\"; did you mean 'fast'?"),
        Failure(Parameters.self, ["files": [], "timeout": 1, "mod": "fast"], "params.mod: unknown parameter; did you mean 'mode'?"),
        Failure(
            Parameters.self, ["files": ["name": "a", "zebra": 1], "timeout": 1],
            "params.files.zebra: unknown parameter; known are name, size, tags"),
        Failure(Parameters.self, "x", "params: expected an object, found the string \"x\""),
        Failure([Int8].self, [200], "params[0]: expected an integer from -128 to 127, found the integer 200"),
        Failure([UInt].self, ["-1"], "params[0]: expected an integer from 0 to 18446744073709551615, found the string \"-1\""),
        Failure([[String]].self, "x", "params: expected a list, found the string \"x\""),
        Failure(Double.self, 9_007_199_254_740_993, "params: 9007199254740993 has more digits than a floating-point number keeps"),
        Failure(Double.self, "inf", "params: expected a number, found the string \"inf\""),
        Failure(Float.self, 1e300, "params: 1e+300 does not fit a 32-bit floating-point number"),
        Failure(Bool.self, 1, "params: expected true or false, found the integer 1"),
        Failure(Date.self, "yesterday", "params: expected a date such as 2013-01-31T08:15:00Z, found the string \"yesterday\""),
        Failure(Data.self, "%", "params: expected base64 text, found the string \"%\""),
        Failure(String.self, nil, "params: expected a string, found null"),
    ]

    @Test("what does not fit is an error with its path", arguments: failures)
    func errors(failure: Failure) {
        let error = #expect(throws: ValueCodingError.self) { try failure.decode() }
        #expect(error?.description == failure.message)
    }

    @Test("unknown members can be ignored, and a type without members ignores them")
    func unknownMembers() throws {
        struct Nothing: Decodable {}
        #expect(try ValueDecoder(unknownMembers: .ignored).decode(File.self, from: ["name": "a", "x": 1]) == File(name: "a"))
        _ = try decode(Nothing.self, ["x": 1])
    }

    @Test("a type that tries one form after the other is not blamed for the first")
    func alternatives() throws {
        enum Either: Decodable, Equatable {
            case file(File)
            case mode(mode: String)
            struct Other: Decodable { var mode: String }
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let file = try? container.decode(File.self) {
                    self = .file(file)
                } else {
                    self = .mode(mode: try container.decode(Other.self).mode)
                }
            }
        }
        #expect(try decode([Either].self, [["mode": "x"], ["name": "y"]]) == [.mode(mode: "x"), .file(File(name: "y"))])
    }

    @Test("a type that contains itself without end is stopped")
    func recursion() {
        var value: Value = 1
        for _ in 0..<300 { value = ["next": value] }
        struct Node: Decodable { var next: [Node] }
        let error = #expect(throws: ValueCodingError.self) { try decode(Node.self, value) }
        #expect(error?.message == "is nested deeper than 200 levels")
    }
}

@Suite("Encoding outputs")
struct ValueEncoderTests {
    @Test("types become the values that JSON would show")
    func shapes() throws {
        struct Report: Encodable {
            var rows = 3
            var mean: Float = 0.1
            var at = Date(timeIntervalSince1970: 1_357_027_200.25)
            var day = Date(timeIntervalSince1970: 0)
            var nothing: Int?
            var url = URL(string: "http://localhost/")
            var data = Data("hi".utf8)
            var nested: [String: [Bool]] = ["a": [true], "b": []]
            var value: Value = ["x": 1]
        }
        struct Empty: Encodable {}
        #expect(
            try ValueEncoder().encode(Report()) == [
                "rows": 3, "mean": 0.1, "at": "2013-01-01T08:00:00.250Z", "day": "1970-01-01T00:00:00Z", "url": "http://localhost/",
                "data": "aGk=",
                "nested": ["a": [true], "b": []], "value": ["x": 1],
            ])
        #expect(try ValueEncoder().encode(Empty()) == [:])
        #expect(try ValueEncoder().encode([Int]()) == [])
        #expect(try ValueEncoder().encode(nil as Int?) == nil)
    }

    @Test("what a value cannot hold is an error with its path")
    func errors() {
        func message(_ value: some Encodable) -> String? {
            do throws(ValueCodingError) {
                _ = try ValueEncoder().encode(value)
                return nil
            } catch {
                return error.description
            }
        }
        #expect(message(["a": [1, Double.nan]]) == "output.a[1]: nan is not a finite number; leave it out or write null")
        #expect(message([Float.infinity]) == "output[0]: inf is not a finite number; leave it out or write null")
        #expect(message([UInt64.max]) == "output[0]: 18446744073709551615 does not fit 64 bits with sign; write it as a string")
        #expect(
            message([Date.distantPast.addingTimeInterval(-1e12)]) == "output[0]: a date outside of the years 1 to 9999 cannot be written")
        #expect(message(Value.array([.double(.infinity)])) == "output: holds a number that is not finite; leave it out or write null")
    }

    private struct Everything: Codable, Hashable {
        var bool: Bool
        var int: Int
        var small: Int8
        var big: UInt32
        var double: Double
        var float: Float
        var text: String
        var maybe: String?
        var list: [Int64]
        var date: Date
        var data: Data
        var value: Value
        var map: [String: [Everything]]
    }

    private func everything(_ random: inout SeededGenerator, depth: Int) -> Everything {
        Everything(
            bool: .random(using: &random), int: .random(in: .min ... .max, using: &random),
            small: .random(in: .min ... .max, using: &random),
            big: .random(in: .min ... .max, using: &random), double: Double(Int64.random(in: .min ... .max, using: &random)) / 1e7,
            float: .random(in: -1e30...1e30, using: &random), text: text(&random), maybe: Bool.random(using: &random) ? text(&random) : nil,
            list: (0..<Int.random(in: 0...3, using: &random)).map { _ in .random(in: .min ... .max, using: &random) },
            date: Date(timeIntervalSince1970: Double(Int64.random(in: -60_000_000_000_000...250_000_000_000_000, using: &random)) / 1000),
            data: Data(text(&random).utf8), value: value(&random, depth: 3),
            map: depth == 0 ? [:] : [text(&random): [everything(&random, depth: depth - 1)]])
    }

    private func text(_ random: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0...8, using: &random)).compactMap { _ in
            ["a", "5", "true", "{{", "é", "\n", "\"", ".", "null", "👩‍🚀"].randomElement(using: &random)
        }.joined()
    }

    private func value(_ random: inout SeededGenerator, depth: Int) -> Value {
        switch Int.random(in: 0..<(depth == 0 ? 5 : 7), using: &random) {
        case 0: .null
        case 1: .bool(.random(using: &random))
        case 2: .int(.random(in: .min ... .max, using: &random))
        case 3: .double(.random(in: -1e18...1e18, using: &random))
        case 4: .string(text(&random))
        case 5: .array((0..<3).map { _ in value(&random, depth: depth - 1) })
        default: .object(Dictionary((0..<3).map { _ in (text(&random), value(&random, depth: depth - 1)) }, uniquingKeysWith: { $1 }))
        }
    }

    @Test("what was encoded is decoded to the same")
    func roundTrip() throws {
        var random = SeededGenerator(seed: 42)
        for _ in 0..<500 {
            let original = everything(&random, depth: 2)
            let encoded = try ValueEncoder().encode(original)
            let decoded = try ValueDecoder().decode(Everything.self, from: encoded)
            #expect(abs(decoded.date.timeIntervalSince(original.date)) < 0.000_1)
            #expect(try ValueEncoder().encode(decoded) == encoded)
            #expect(decoded.value == original.value)
            #expect(decoded.double == original.double)
            #expect(decoded.text == original.text)
            #expect(throws: Never.self) { try JSONDecoder().decode(Value.self, from: Data(encoded.compactJSON.utf8)) }
        }
    }

    @Test("dates are read with and without fraction, with a zone, or as a day")
    func dates() throws {
        func seconds(_ text: String) throws -> Double { try ValueDecoder().decode(Date.self, from: .string(text)).timeIntervalSince1970 }
        #expect(try seconds("2013-01-01T08:00:00Z") == 1_357_027_200)
        #expect(try abs(seconds("2013-01-01T08:00:00.250Z") - 1_357_027_200.25) < 0.000_1)
        #expect(try seconds("2013-01-01T03:00:00-05:00") == 1_357_027_200)
        #expect(try seconds("2013-01-01") == 1_356_998_400)
    }
}
