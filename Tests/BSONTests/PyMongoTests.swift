import BSON
import Foundation
import Testing

/// Checks this module against pymongo's BSON, an implementation that shares no code with it.
@Suite("pymongo")
struct PyMongoTests {
    private static let preamble = """
        import sys
        try:
            import bson, bson.decimal128, bson.regex, bson.code, bson.timestamp, bson.int64, bson.binary, bson.min_key, bson.max_key, datetime
            from bson.codec_options import CodecOptions
        except ImportError as error:
            sys.exit("pymongo is missing (%s): pip install pymongo" % error)
        import collections
        options = CodecOptions(document_class=collections.OrderedDict, tz_aware=True)

        """

    @Test("reads and writes again what this module wrote, byte for byte")
    func pythonReads() throws {
        let document: Document = [
            "double": 1.5, "string": "straße😀", "document": ["b": 1, "a": [true, nil]], "binary": .binary(subtype: 0x80, bytes: [1, 2, 3]),
            "objectID": .objectID(try #require(ObjectID("0123456789abcdef01234567"))),
            "date": .date(BSONDate(milliseconds: 1_700_000_000_123)),
            "regex": .regex(pattern: "^a", options: "i"), "code": .javascript("f()"), "int32": .int32(-7), "int64": .int64(7),
            "timestamp": .timestamp(BSONTimestamp(seconds: 5, increment: 6)),
            "decimal": .decimal128(try #require(BSONDecimal128(bytes: [15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3E, 0x30]))),
            "min": .minKey,
            "max": .maxKey, "null": nil,
        ]
        let script =
            PyMongoTests.preamble + """
                data = sys.stdin.buffer.read()
                d = bson.decode(data, options)
                assert list(d) == ["double", "string", "document", "binary", "objectID", "date", "regex", "code", "int32", "int64", "timestamp",
                                   "decimal", "min", "max", "null"], list(d)
                assert d["double"] == 1.5 and d["string"] == "straße😀" and list(d["document"].items()) == [("b", 1), ("a", [True, None])]
                assert d["binary"] == bson.binary.Binary(bytes([1, 2, 3]), 0x80) and str(d["objectID"]) == "0123456789abcdef01234567"
                assert d["date"] == datetime.datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=datetime.timezone.utc), d["date"]
                assert d["regex"] == bson.regex.Regex("^a", "i") and d["code"] == bson.code.Code("f()")
                assert type(d["int32"]) is int and d["int32"] == -7 and type(d["int64"]) is bson.int64.Int64 and d["int64"] == 7
                assert d["timestamp"] == bson.timestamp.Timestamp(5, 6) and str(d["decimal"]) == "1.5", d["decimal"]
                assert d["min"] == bson.min_key.MinKey() and d["max"] == bson.max_key.MaxKey() and d["null"] is None
                sys.stdout.buffer.write(bson.encode(d, codec_options=options))
                """
        #expect(try python(script, input: document.bytes) == document.bytes)
    }

    @Test("reads and writes again random documents, byte for byte")
    func pythonReadsRandomDocuments() throws {
        let documents = (0..<400).map { seed in
            var generator = SeededGenerator(seed: UInt64(1_000 + seed))
            return Document(generator.document().filter { !$0.value.isInterpreted })
        }
        let script =
            PyMongoTests.preamble + """
                for document in bson.decode_all(sys.stdin.buffer.read(), options):
                    sys.stdout.buffer.write(bson.encode(document, codec_options=options))
                """
        let unique = documents.filter { Set($0.keys).count == $0.keys.count }
        #expect(unique.count > 200)
        #expect(try python(script, input: unique.flatMap(\.bytes)) == unique.flatMap(\.bytes))
    }

    @Test("writes documents that this module reads")
    func pythonWrites() throws {
        let script =
            PyMongoTests.preamble + """
                sys.stdout.buffer.write(bson.encode(collections.OrderedDict([
                    ("double", -0.25), ("string", "naïve\\0text"), ("document", {"x": {"y": [1, 2.5, "z"]}}), ("binary", b"\\x00\\xff"),
                    ("objectID", bson.ObjectId("0123456789abcdef01234567")), ("bool", False), ("null", None),
                    ("date", datetime.datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=datetime.timezone.utc)),
                    ("regex", bson.regex.Regex("a+", "im")), ("code", bson.code.Code("f()")), ("scoped", bson.code.Code("g()", {"n": 1})),
                    ("int32", 2147483647), ("int64", 2147483648), ("timestamp", bson.timestamp.Timestamp(1, 2)),
                    ("decimal", bson.decimal128.Decimal128("1.5")), ("min", bson.min_key.MinKey()), ("max", bson.max_key.MaxKey()),
                ])))
                """
        let document = try Document(validating: python(script, input: []))
        #expect(document["double"] == -0.25)
        #expect(document["string"] == "naïve\u{0}text")
        #expect(document[path: "document", "x", "y"] == [1, 2.5, "z"])
        #expect(document["binary"] == .binary(subtype: 0, bytes: [0, 255]))
        #expect(document["objectID"]?.objectIDValue?.description == "0123456789abcdef01234567")
        #expect(document["bool"] == false)
        #expect(document["null"] == .null)
        #expect(document["date"] == .date(BSONDate(milliseconds: -1)))
        #expect(document["regex"] == .regex(pattern: "a+", options: "im"))
        #expect(document["code"] == .javascript("f()"))
        #expect(document["int32"] == .int32(.max))
        #expect(document["int64"] == .int64(2_147_483_648))
        #expect(document["timestamp"] == .timestamp(BSONTimestamp(seconds: 1, increment: 2)))
        #expect(
            document["decimal"] == BSONDecimal128(bytes: [15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3E, 0x30]).map(BSONValue.decimal128))
        #expect(document["min"] == .minKey)
        #expect(document["max"] == .maxKey)
        #expect(Document(document.map { ($0.key, $0.value) }) == document)
    }

    /// Runs a script with bytes as its input, and returns what it writes. A script that fails fails the test with its message.
    private func python(_ script: String, input: [UInt8]) throws -> [UInt8] {
        let directory = FileManager.default.temporaryDirectory.appending(path: "bson-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let inputFile = directory.appending(path: "input")
        try Data(input).write(to: inputFile)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let written = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "python3 failed: \(complaint)")
        return [UInt8](written)
    }
}

extension BSONValue {
    /// Whether pymongo gives the value, or one inside it, a meaning of its own: binary subtypes 2, 3, 4 and 9, and dates beyond the year 9999.
    fileprivate var isInterpreted: Bool {
        switch self {
        case .binary(let subtype, _): [2, 3, 4, 9].contains(subtype)
        case .date: true
        case .document(let document): document.contains { $0.value.isInterpreted } || Set(document.keys).count < document.keys.count
        case .array(let values): values.contains(where: \.isInterpreted)
        default: false
        }
    }
}
