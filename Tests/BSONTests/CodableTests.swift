import BSON
import Foundation
import Testing

private struct Everything: Codable, Equatable {
    enum Status: String, Codable { case running, done }
    struct Nested: Codable, Equatable {
        var name: String
        var list: [Int]
        var table: [String: [Double]]
    }

    var text = "straße"
    var status = Status.running
    var int = Int.min
    var int32 = Int32.max
    var small: Int8 = -3
    var unsigned: UInt64 = 1 << 40
    var double = 0.1
    var float: Float = 0.5
    var flag = true
    var date = Date(timeIntervalSince1970: 1_700_000_000.123)
    var data = Data([1, 2, 3])
    var bytes: [UInt8] = [4, 5]
    var missing: String?
    var present: Int? = 5
    var nested = Nested(name: "n", list: [1, 2], table: ["a": [1.5], "b": []])
    var nestedList = [Nested(name: "x", list: [], table: [:])]
    var optionals: [Int?] = [1, nil, 3]
    var value: BSONValue = ["free": [1, nil, "text"]]
    var document: Document = ["z": 1, "a": .int64(2)]
    var id = ObjectID.random()
    var stamp = BSONDate(milliseconds: 5)
    var url = URL(string: "https://example.org/a?b=c")
    var uuid = UUID()
    var byNumber: [Int: String] = [7: "seven"]
}

private struct Outer: Decodable {
    struct Inner: Decodable { var attempt: Int }
    var tasks: [Inner]
}

@Suite("Codable")
struct CodableTests {
    @Test("values come back as they were")
    func roundTrip() throws {
        let original = Everything()
        let document = try BSONEncoder().encode(original)
        #expect(try Document(validating: document.bytes) == document)
        #expect(try BSONDecoder().decode(Everything.self, from: document) == original)
    }

    @Test("types map as documented, in the order of declaration, and nil is left out")
    func mapping() throws {
        let document = try BSONEncoder().encode(Everything())
        #expect(document.keys.prefix(4) == ["text", "status", "int", "int32"])
        #expect(document["int"] == .int64(.min))
        #expect(document["int32"] == .int32(.max))
        #expect(document["date"] == .date(BSONDate(milliseconds: 1_700_000_000_123)))
        #expect(document["data"] == .binary(subtype: 0, bytes: [1, 2, 3]))
        #expect(document["bytes"] == .binary(subtype: 0, bytes: [4, 5]))
        #expect(document.contains(key: "missing") == false)
        #expect(document["optionals"] == [.int64(1), nil, .int64(3)])
        #expect(document["document"] == ["z": 1, "a": .int64(2)])
        #expect(document["url"] == "https://example.org/a?b=c")
        #expect(document[path: "byNumber", "7"] == "seven")
    }

    @Test("random documents pass through as values and as documents")
    func passthrough() throws {
        for seed in 0..<200 {
            var generator = SeededGenerator(seed: UInt64(seed))
            let document = generator.document()
            #expect(try BSONEncoder().encode(document) == document)
            #expect(try BSONEncoder().encode(BSONValue.document(document)) == document)
            #expect(try BSONDecoder().decode(Document.self, from: document) == document)
            let wrapped = try BSONEncoder().encode(["inner": [document]])
            #expect(wrapped[path: "inner", "0"] == .document(document))
            #expect(try BSONDecoder().decode([String: [Document]].self, from: wrapped) == ["inner": [document]])
        }
    }

    @Test("fields are found in any order, and unknown ones are skipped")
    func anyOrder() throws {
        struct Pair: Decodable, Equatable { var a: Int, b: String, c: Int?, d: [Bool] }
        let expected = Pair(a: 1, b: "x", c: nil, d: [true])
        let fields: [(String, BSONValue)] = [("a", 1), ("b", "x"), ("other", ["a": 9]), ("d", [true])]
        for shift in 0..<fields.count {
            let document = Document(fields[shift...] + fields[..<shift])
            #expect(try BSONDecoder().decode(Pair.self, from: document) == expected)
            #expect(try BSONDecoder().decode(Pair.self, from: Document(document.map { ($0.key, $0.value) }.reversed())) == expected)
        }
    }

    @Test("an error names the path, what was wanted and what was found")
    func errors() throws {
        func message(_ document: Document) -> String? {
            do {
                _ = try BSONDecoder().decode(Outer.self, from: document)
                return nil
            } catch {
                switch error as? DecodingError {
                case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                    .dataCorrupted(let context):
                    return context.codingPath.map(\.stringValue).joined(separator: ".") + ": " + context.debugDescription
                default: return "\(error)"
                }
            }
        }
        #expect(message(["tasks": [["attempt": 1], ["attempt": "x"]]]) == "tasks.1.attempt: expected Int, found string")
        #expect(message(["tasks": [["attempt": nil]]]) == "tasks.0.attempt: expected Int, found null")
        #expect(message(["tasks": [["attempt": 1.5]]]) == "tasks.0.attempt: 1.5 is not a whole number that fits into Int")
        #expect(message(["tasks": [[:]]]) == "tasks.0: the document has no field \"attempt\"")
        #expect(message(["tasks": 5])?.hasPrefix("tasks: expected") == true)
        #expect(message(["tasks": [["attempt": 2.0]]]) == nil)
    }

    @Test("what BSON cannot express is refused")
    func refusals() throws {
        #expect(throws: EncodingError.self) { try BSONEncoder().encode(["n": UInt64.max]) }
        #expect(throws: EncodingError.self) { try BSONEncoder().encode([1, 2]) }
        #expect(throws: EncodingError.self) { try BSONEncoder().encode("text") }
        #expect(throws: EncodingError.self) { try BSONEncoder().encode(["a\u{0}b": 1]) }
        #expect(throws: EncodingError.self) { try BSONEncoder().encode(Chain.of(length: 200)) }
        #expect(throws: DecodingError.self) { try BSONDecoder().decode([String: Int8].self, from: ["n": 200]) }
    }

    @Test("a hand-written encode may interleave, nest and inherit")
    func handWritten() throws {
        let document = try BSONEncoder().encode(HandWritten())
        #expect(document == ["base": .int64(1), "list": [.int64(1), ["x": .int64(2)], []], "own": .int64(3), "none": nil])
        #expect(throws: EncodingError.self) { try BSONEncoder().encode(WritesTooLate()) }
    }

    @Test("an empty value is an empty document")
    func empty() throws {
        struct Nothing: Codable, Equatable {}
        #expect(try BSONEncoder().encode(Nothing()).isEmpty)
        #expect(try BSONEncoder().encode(["n": Nothing()]) == ["n": [:]])
    }

    @Test("documents can travel in JSON as well")
    func json() throws {
        let document: Document = ["a": 1, "b": ["c", nil, 2.5, true]]
        let json = try JSONEncoder().encode(document)
        let read = try JSONDecoder().decode(Document.self, from: json)
        #expect(read["a"]?.int64Value == 1)
        #expect(read["b"] == ["c", nil, 2.5, true])
    }
}

private final class Chain: Encodable {
    let next: Chain?

    init(_ next: Chain?) {
        self.next = next
    }

    static func of(length: Int) -> Chain {
        (1..<length).reduce(Chain(nil)) { chain, _ in Chain(chain) }
    }
}

private class Base: Encodable {
    enum Keys: String, CodingKey { case base, list, own, none, x }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(1, forKey: .base)
    }
}

private final class HandWritten: Base {
    override func encode(to encoder: any Encoder) throws {
        try super.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        var list = container.nestedUnkeyedContainer(forKey: .list)
        try list.encode(1)
        var inner = list.nestedContainer(keyedBy: Keys.self)
        try inner.encode(2, forKey: .x)
        _ = list.nestedUnkeyedContainer()
        try container.encode(3, forKey: .own)
        try container.encodeNil(forKey: .none)
    }
}

private struct WritesTooLate: Encodable {
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Base.Keys.self)
        var list = container.nestedUnkeyedContainer(forKey: .list)
        try container.encode(1, forKey: .own)
        try list.encode(2)
    }
}
