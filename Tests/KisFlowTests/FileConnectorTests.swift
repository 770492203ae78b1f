import Foundation
import KisConnectors
import KisFlow
import Testing

@Suite("Rows in files")
struct FileConnectorTests {
    /// Every type that a property may have.
    struct Record: Codable, Sendable, Hashable {
        enum Kind: String, Codable, Sendable { case small, large }
        var text: String
        var whole: Int
        var number: Double
        var flag: Bool
        var kind: Kind
        var maybe: Int?
        var note: String?
        var small: UInt8?
    }

    static let record = Record(text: "a, \"b\"\nc", whole: -5, number: 2.5, flag: true, kind: .large, maybe: nil, note: "", small: 7)

    @Test(
        "typed rows go to CSV and back, with quotes, ends of lines and missing values",
        arguments: [[:], ["missing": "NA,NULL"], ["delimiter": "tab"]])
    func roundTrip(params: [String: String]) async throws {
        try await withTemporaryFolder { folder in
            let file = TestFile("csv", "\(folder)/x.csv", params)
            let rows = [
                Self.record, Record(text: "NA", whole: .max, number: -0.1, flag: false, kind: .small, maybe: 3, note: nil, small: nil),
                Record(text: "", whole: 0, number: 1e300, flag: false, kind: .small, maybe: nil, note: "x\ty", small: nil),
            ]
            try await file.save(rows)
            #expect(try await file.load(Record.self) == rows)
        }
    }

    @Test("columns stand in the order of the rows' keys, also when the first row lacks one")
    func header() async throws {
        struct Sparse: Codable, Sendable {
            var values: [String: String]
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Key.self)
                for key in values.keys.sorted() { try container.encode(values[key], forKey: Key(stringValue: key)) }
            }
            init(_ values: [String: String]) { self.values = values }
            init(from decoder: any Decoder) throws { values = try [String: String](from: decoder) }
            struct Key: CodingKey {
                var stringValue: String
                var intValue: Int? { nil }
                init(stringValue: String) { self.stringValue = stringValue }
                init?(intValue: Int) { nil }
            }
        }
        try await withTemporaryFolder { folder in
            let file = TestFile("csv", "\(folder)/x.csv")
            try await file.save([Sparse(["a": "1", "c": "3"]), Sparse(["a": "4", "b": "5", "c": "6"])])
            #expect(try read("\(folder)/x.csv") == "a,b,c\n1,,3\n4,5,6\n")
            #expect(try await file.load([String: String].self) == [["a": "1", "c": "3"], ["a": "4", "b": "5", "c": "6"]])
        }
    }

    @Test(
        "CSV is read after RFC 4180 and a little beyond",
        arguments: [
            ("a,b\r\n1,2\r\n", ["1|2"]), ("a,b\n1,2", ["1|2"]), ("\u{FEFF}a,b\n1,2\n", ["1|2"]), ("a,b\n\"x,y\",\"p\nq\"\n", ["x,y|p\nq"]),
            ("a,b\n\"say \"\"hi\"\"\",2\n3,4\n", ["say \"hi\"|2", "3|4"]), ("a,b\n5\" pipe,2\n", ["5\" pipe|2"]),
            ("a,b\n\n1,2\n\n", ["1|2"]),
            ("\"a\",\"b\"\r\n\"1\",\"2\"\r\n", ["1|2"]), ("a,b\n\"x\r\ny\",2\r\n", ["x\r\ny|2"]), ("a,b\n", []), ("a,b", []),
            ("b,a\n2,1\n", ["1|2"]),
            ("a,b,extra\n1,2,3\n", ["1|2"]), ("a,b\n\"\",\" \"\n", ["| "]), ("a,b\n1,\"2\"", ["1|2"]), ("a,b\nx,\"\"\"\"\n", ["x|\""]),
        ])
    func reading(text: String, expected: [String]) async throws {
        struct Pair: Codable, Sendable { var a: String, b: String }
        try await withTemporaryFolder { folder in
            try write(text, to: "\(folder)/x.csv")
            let rows = try await TestFile("csv", "\(folder)/x.csv").load(Pair.self)
            #expect(rows.map { "\($0.a)|\($0.b)" } == expected)
        }
    }

    @Test("a record reads the same wherever the file is cut into pieces")
    func chunks() async throws {
        struct Pair: Codable, Sendable, Hashable { var a: Int, b: String }
        try await withTemporaryFolder { folder in
            var random = SplitMix64(state: 1)
            let words = ["plain", "with, comma", "with \"quotes\"", "two\nlines", "", "ünï", "\r\n"]
            let rows = (0..<60_000).map { Pair(a: $0, b: words.randomElement(using: &random) ?? "") }
            let file = TestFile("csv", "\(folder)/x.csv", ["batch_rows": "1000"])
            try await file.save(rows)
            #expect(try await file.load(Pair.self) == rows)
            #expect(try await file.batches(Pair.self) == Array(repeating: 1_000, count: 60))
        }
    }

    @Test(
        "a field that does not decode is named with file, line and column",
        arguments: [
            ("a,b\n1,2\nx,2\n", #"x.csv:3: field a: Int expected, not "x""#),
            ("a,b\n1,2\n\"1\n\",2\n", "x.csv:3: field a: Int expected"), ("a,b\n,2\n", "x.csv:2: field a: no value, Int expected"),
            ("a,b\n1\n", "x.csv:2: 1 fields, but 2 columns"), ("a,c\n1,2\n", "x.csv:2: field b: missing"),
            ("a,b\n99999999999999999999,1\n", "x.csv:2: field a: Int expected"),
            ("a,b\n1,2\n\n7,8.5\n", #"x.csv:4: field b: Int expected, not "8.5""#),
        ])
    func badFields(text: String, message: String) async throws {
        struct Pair: Codable, Sendable { var a: Int, b: Int }
        try await withTemporaryFolder { folder in
            try write(text, to: "\(folder)/x.csv")
            let error = try await flowError { _ = try await TestFile("csv", "\(folder)/x.csv").load(Pair.self) }
            #expect(error.kind == .badRow)
            #expect(error.description.contains(message), "\(error)")
        }
    }

    @Test("under the policy to skip, rows that do not decode are counted and the rest is read")
    func skipping() async throws {
        struct Pair: Codable, Sendable { var a: Int, b: Int }
        try await withTemporaryFolder { folder in
            try write("a,b\n1,2\nx,2\n3,y\n5,6\n", to: "\(folder)/x.csv")
            let result = try await TestFile("csv", "\(folder)/x.csv", onError: .skip).run(Pair.self)
            #expect(result.functions[0].failed == 2)
            #expect(try result.rows(as: Pair.self).map(\.a) == [1, 5])
        }
    }

    @Test(
        "broken structure is an error with file and line",
        arguments: [
            ("a,b\n1,2\n\"x,3\n4,5\n", "x.csv:3: the quote that opens here is never closed"),
            ("a,b\n1,\"x\"y\n", "x.csv:2: text after the closing quote of field 2"), ("", "x.csv is empty"),
            ("a,b,a\n1,2,3\n", #"x.csv:1: two columns are named "a""#),
            ("a,b\n1," + String(repeating: "z", count: 2_000), "x.csv:2: the record is longer than 1000 bytes"),
        ])
    func brokenStructure(text: String, message: String) async throws {
        try await withTemporaryFolder { folder in
            try write(text, to: "\(folder)/x.csv")
            let file = TestFile("csv", "\(folder)/x.csv", ["max_record_bytes": "1000"])
            let error = try await flowError { _ = try await file.load([String: String].self) }
            #expect(error.kind == .connector)
            #expect(error.description.contains(message), "\(error)")
        }
    }

    @Test("text that is not UTF-8 is a bad field")
    func encoding() async throws {
        try await withTemporaryFolder { folder in
            try Data([0x61, 0x0A, 0xFF, 0x0A]).write(to: URL(filePath: "\(folder)/x.csv"))
            let error = try await flowError { _ = try await TestFile("csv", "\(folder)/x.csv").load([String: String].self) }
            #expect(error.description.contains("x.csv:2: field a: the text is not UTF-8"))
        }
    }

    @Test("JSON lines go out and back, and a line that does not decode is named")
    func jsonLines() async throws {
        try await withTemporaryFolder { folder in
            let file = TestFile("jsonl", "\(folder)/x.jsonl")
            try await file.save([Self.record, Self.record])
            #expect(try await file.load(Record.self) == [Self.record, Self.record])
            try write("{\"id\":1,\"score\":2}\r\n\n  \n{\"id\":1}", to: "\(folder)/x.jsonl")
            let error = try await flowError { _ = try await file.load(Score.self) }
            #expect(error.description.contains("x.jsonl:4: field score: missing, in {\"id\":1}"), "\(error)")
        }
    }

    @Test("a text file has a line a row, and no other types")
    func text() async throws {
        try await withTemporaryFolder { folder in
            let file = TestFile("text", "\(folder)/x.txt")
            try await file.save(["one", "", "three"])
            #expect(try read("\(folder)/x.txt") == "one\n\nthree\n")
            #expect(try await file.load(String.self) == ["one", "", "three"])
            let error = try await flowError { try await file.save([1]) }
            #expect(error.description.contains("a text file has rows of type String, not Int"))
        }
    }

    @Test("saving makes folders, replaces the whole file, and leaves nothing else behind")
    func saving() async throws {
        try await withTemporaryFolder { folder in
            let file = TestFile("csv", "\(folder)/deep/{{day}}", key: "x.csv")
            try await file.save(["{\"a\":1}", "{\"a\":2}"], ["day": "monday"])
            try await file.save(["{\"a\":3}"], ["day": "monday"])
            #expect(try read("\(folder)/deep/monday/x.csv") == "a\n3\n")
            let error = try await flowError { try await file.save([["a": [1]]], ["day": "monday"]) }
            #expect(error.description.contains("a CSV file holds no lists"))
            #expect(try read("\(folder)/deep/monday/x.csv") == "a\n3\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/deep/monday") == ["x.csv"])
        }
    }

    @Test("missing files, folders in their place and missing path parameters are named")
    func badPaths() async throws {
        try await withTemporaryFolder { folder in
            let missing = try await flowError { _ = try await TestFile("csv", "\(folder)/none.csv").load(String.self) }
            #expect(missing.description.hasSuffix("there is no file \(folder)/none.csv"))
            let isFolder = try await flowError { _ = try await TestFile("csv", folder).load(String.self) }
            #expect(isFolder.description.hasSuffix("is a folder, not a file"))
            let unnamed = try await flowError { _ = try await TestFile("csv", "\(folder)/{{ day }}.csv").load(String.self) }
            #expect(unnamed.kind == .parameter)
            #expect(unnamed.description.contains(#"parameter "day" is missing"#))
            try write("", to: "\(folder)/file")
            let blocked = try await flowError { try await TestFile("csv", "\(folder)/file/x.csv").save(["{}"]) }
            #expect(blocked.kind == .connector)
        }
    }

    @Test(
        "a connector whose settings make no sense makes its flow unavailable",
        arguments: [
            ConnectorDefinition(name: "c", type: "csv"),
            ConnectorDefinition(name: "c", type: "csv", address: "x", params: ["delimiter": "ab"]),
            ConnectorDefinition(name: "c", type: "csv", address: "x", params: ["header": "false"]),
            ConnectorDefinition(name: "c", type: "csv", address: "x", params: ["batch_rows": "0"]),
            ConnectorDefinition(name: "c", type: "file", address: "x.parquet"), ConnectorDefinition(name: "c", type: "csv", address: "{{x"),
        ])
    func badSettings(definition: ConnectorDefinition) throws {
        #expect(throws: FlowError.self) { try TestFile(definition).flow() }
    }

    @Test("type file goes by the file's ending or by the parameter format", arguments: ["x.csv", "x.jsonl", "x.json", "x.txt", "x.dat"])
    func formats(name: String) async throws {
        try await withTemporaryFolder { folder in
            let file = TestFile("file", "\(folder)/\(name)", name == "x.dat" ? ["format": "text"] : [:])
            try await file.save(["{\"a\":1}"])
            #expect(try read("\(folder)/\(name)") == (name == "x.csv" ? "a\n1\n" : "{\"a\":1}\n"))
        }
    }

    @Test("without a header, columns has the names; a mark for missing values is written as well")
    func noHeader() async throws {
        struct Row: Codable, Sendable, Hashable { var a: Int?, b: String }
        try await withTemporaryFolder { folder in
            let file = TestFile("csv", "\(folder)/x.csv", ["header": "false", "columns": "b, a", "missing": "NA", "delimiter": ";"])
            let rows = [Row(a: nil, b: "x;y"), Row(a: 2, b: "NA")]
            try await file.save(rows)
            #expect(try read("\(folder)/x.csv") == "\"x;y\";NA\n\"NA\";2\n")
            #expect(try await file.load(Row.self) == rows)
        }
    }
}
