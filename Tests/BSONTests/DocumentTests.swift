import BSON
import Foundation
import Testing

@Suite("A document")
struct DocumentTests {
    @Test("keeps the order of its keys and reads every kind of value")
    func literal() {
        let document: Document = [
            "_id": "x", "n": 1, "big": 5_000_000_000, "sub": ["$lt": .int64(5)], "list": [1, "two", nil], "half": 0.5,
        ]
        #expect(document.keys == ["_id", "n", "big", "sub", "list", "half"])
        #expect(document["_id"] == "x")
        #expect(document["n"] == .int32(1))
        #expect(document["big"] == .int64(5_000_000_000))
        #expect(document["list"]?.arrayValue == [1, "two", nil])
        #expect(document[path: "sub", "$lt"]?.int64Value == 5)
        #expect(document[path: "list", "1"] == "two")
        #expect(document[path: "list", "7"] == nil)
        #expect(document[path: "n", "x"] == nil)
        #expect(document["missing"] == nil)
        #expect(document.firstKey == "_id")
    }

    @Test("is written as the specification says")
    func bytes() {
        #expect(Document().bytes == [5, 0, 0, 0, 0])
        let hello: Document = ["hello": "world"]
        #expect(hello.bytes == [0x16, 0, 0, 0, 2] + Array("hello".utf8) + [0, 6, 0, 0, 0] + Array("world".utf8) + [0, 0])
    }

    @Test("grows by appending, as if it had been written at once")
    func append() {
        var document: Document = ["a": 1]
        document.append("b", ["c": [true]])
        document.append("d", nil)
        #expect(document == ["a": 1, "b": ["c": [true]], "d": nil])
    }

    @Test("never lets a zero byte cut a key short")
    func zeroByteInKey() throws {
        let document: Document = ["a\u{0}b": 1]
        #expect(document.keys == ["a\u{FFFD}b"])
        #expect(try Document(validating: document.bytes) == document)
    }

    @Test("converts numbers only where nothing is lost")
    func numbers() {
        #expect(BSONValue.double(3).int64Value == 3)
        #expect(BSONValue.double(3.5).int64Value == nil)
        #expect(BSONValue.double(.nan).int64Value == nil)
        #expect(BSONValue.double(1e300).int64Value == nil)
        #expect(BSONValue.int64(7).doubleValue == 7)
        #expect(BSONValue.string("7").int64Value == nil)
    }

    @Test("keeps dates to the millisecond", arguments: [0, -1, 1_700_000_000_123, Int64(-62_135_596_800_000)])
    func dates(milliseconds: Int64) {
        let date = BSONDate(milliseconds: milliseconds).date
        #expect(BSONDate(date).milliseconds == milliseconds)
        #expect(BSONValue.date(date).dateValue == date)
    }

    @Test("clamps dates that no 64 bits can hold")
    func endlessDates() {
        #expect(BSONDate(Date(timeIntervalSince1970: .infinity)).milliseconds == .max)
        #expect(BSONDate(Date(timeIntervalSince1970: -1e300)).milliseconds == .min)
    }

    @Test("describes itself in bounded length")
    func description() {
        let short: Document = ["a": 1, "b": ["x\n", nil]]
        #expect(short.description == #"{"a": 1, "b": ["x\n", null]}"#)
        let long: Document = ["text": .string(String(repeating: "ä", count: 1_000_000)), "more": 1]
        #expect(long.description.count <= Document.descriptionLimit + 100)
        #expect(Document((0..<100_000).map { ("k\($0)", BSONValue.int32(1)) }).description.count <= Document.descriptionLimit + 10_000)
    }

    @Test("makes object ids of 24 hexadecimal digits and of nothing else")
    func objectIDs() throws {
        let id = try #require(ObjectID("0123456789abcdefABCDEF00"))
        #expect(id.description == "0123456789abcdefabcdef00")
        #expect(ObjectID(bytes: id.bytes) == id)
        for text in ["", "0123", "0123456789abcdefABCDEF0g", "0123456789abcdefABCDEF001"] { #expect(ObjectID(text) == nil) }
    }
}
