import Foundation
import KisConnectors
import KisFlow
import Testing

@Suite("Files that are written over many batches")
struct FileWriterTests {
    struct Pair: Codable, Sendable, Hashable { var a: Int, b: String }

    private struct File {
        let definition: ConnectorDefinition
        let connector: FileConnector

        init(_ folder: String, _ type: String, _ name: String, _ params: [String: String] = [:]) throws {
            definition = ConnectorDefinition(name: "file", type: type, address: folder, key: name, params: params)
            connector = try FileConnector(definition)
        }

        func request(_ resume: FieldValue? = nil) -> ConnectorRequest {
            ConnectorRequest(connector: definition, flow: "f", function: "f", mode: .save, params: [:], resume: resume)
        }

        func writer(_ resume: FieldValue? = nil) async throws -> any ConnectorWriter { try await connector.writer(request(resume)) }

        func load() async throws -> [Int] {
            var rows: [Pair] = []
            try await connector.load(Pair.self, request()) { rows += $0.rows }
            return rows.map(\.a)
        }
    }

    private static let kinds = [("csv", "x.csv"), ("csv", "x.csv.gz"), ("jsonl", "x.jsonl"), ("jsonl", "x.jsonl.gz")]

    private func rows(_ range: Range<Int>) -> [Pair] { range.map { Pair(a: $0, b: "text \($0 &* 2_654_435_761)") } }

    private func names(_ folder: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

    @Test("an attempt that dies is gone on with where its last commit was, and the file is as from one attempt", arguments: kinds)
    func resume(type: String, name: String) async throws {
        try await withTemporaryFolder { folder in
            let file = try File(folder, type, name)
            var positions: [FieldValue?] = [nil]
            let first = try await file.writer()
            for batch in 0..<4 {
                try await first.write(rows(batch * 10..<batch * 10 + 10))
                positions.append(try await first.commit(durable: batch % 2 == 0))
            }
            try await first.write(rows(40..<20_000))
            await first.abandon(resumable: true)
            #expect(try names(folder) == [name + ".partial"])
            for (done, position) in positions.enumerated().reversed() {
                let next = try await file.writer(position)
                try await next.write(rows(done * 10..<45))
                try await next.finish()
                #expect(try await file.load() == Array(0..<45))
                #expect(try names(folder) == [name])
            }
        }
    }

    @Test("what was written after the last commit is undone, however much it was", arguments: kinds, [5, 30_000])
    func rollback(kind: (String, String), count: Int) async throws {
        try await withTemporaryFolder { folder in
            let file = try File(folder, kind.0, kind.1)
            let writer = try await file.writer()
            try await writer.write(rows(100..<100 + count))
            try await writer.rollback()
            try await writer.write(rows(0..<3))
            _ = try await writer.commit(durable: false)
            try await writer.write(rows(100..<100 + count))
            try await writer.rollback()
            try await writer.write(rows(3..<5))
            try await writer.finish()
            #expect(try await file.load() == [0, 1, 2, 3, 4])
        }
    }

    @Test("a run that fails leaves the old file, and nothing else")
    func abandoned() async throws {
        try await withTemporaryFolder { folder in
            let file = try File(folder, "jsonl", "x.jsonl")
            try await file.connector.save(rows(0..<2), file.request())
            let writer = try await file.writer()
            try await writer.write(rows(5..<6))
            _ = try await writer.commit(durable: true)
            await writer.abandon(resumable: false)
            #expect(try await file.load() == [0, 1])
            #expect(try names(folder) == ["x.jsonl"])
        }
    }

    @Test("an attempt that died after the file took its place is gone on with from that file")
    func resumeFinished() async throws {
        try await withTemporaryFolder { folder in
            let file = try File(folder, "csv", "x.csv")
            let writer = try await file.writer()
            try await writer.write(rows(0..<2))
            let position = try await writer.commit(durable: true)
            try await writer.write(rows(2..<9))
            try await writer.finish()
            let next = try await file.writer(position)
            try await next.write(rows(2..<3))
            try await next.finish()
            #expect(try await file.load() == [0, 1, 2])
        }
    }

    @Test("a partial file that is gone, shorter or another is an error that says what to do")
    func lost() async throws {
        try await withTemporaryFolder { folder in
            let file = try File(folder, "jsonl", "x.jsonl")
            let writer = try await file.writer()
            try await writer.write(rows(0..<9))
            let position = try await writer.commit(durable: true)
            await writer.abandon(resumable: true)
            let partial = "\(folder)/x.jsonl.partial"
            let text = try read(partial)
            try write(String(text.dropLast(5)), to: partial)
            let shorter = try await flowError { _ = try await file.writer(position) }
            #expect(shorter.description.contains("\(partial) has "), "\(shorter)")
            try write(text.replacing("\"a\":1", with: "\"a\":2"), to: partial)
            let other = try await flowError { _ = try await file.writer(position) }
            #expect(other.description.contains("does not hold what it held"), "\(other)")
            try FileManager.default.removeItem(atPath: partial)
            let gone = try await flowError { _ = try await file.writer(position) }
            #expect(gone.description.contains("\(partial) that the checkpoint speaks of is gone"), "\(gone)")
            for error in [shorter, other, gone] {
                #expect(error.kind == .connector && error.description.contains("start without the checkpoint"))
            }
        }
    }

    @Test("two writers of one file do not mix: the second is refused while the first writes")
    func locked() async throws {
        try await withTemporaryFolder { folder in
            let file = try File(folder, "jsonl", "x.jsonl")
            let first = try await file.writer()
            try await first.write(rows(0..<3))
            let error = try await flowError { _ = try await file.writer() }
            #expect(error.description.contains("is writing \(folder)/x.jsonl.partial"), "\(error)")
            try await first.finish()
            #expect(try await file.load() == [0, 1, 2])
            try await file.connector.save(rows(5..<6), file.request())
            #expect(try await file.load() == [5])
        }
    }

    @Test("a later batch with a field that is none of the columns is an error that names row and field")
    func otherColumns() async throws {
        try await withTemporaryFolder { folder in
            let file = try File(folder, "csv", "x.csv")
            let writer = try await file.writer()
            try await writer.write([["a": "1"], ["a": "2", "b": "3"]])
            try await writer.write([["a": "4"]])
            let error = try await flowError { try await writer.write([["b": "5"], ["c": "6"]]) }
            #expect(error.description.contains("row 4 for \(folder)/x.csv has a field \"c\""), "\(error)")
            try await writer.rollback()
            try await writer.write([["c": "7"]])
            try await writer.finish()
            #expect(try read("\(folder)/x.csv") == "c\n7\n")
        }
    }

    @Test("appending adds to what is there, and undoes what was not committed", arguments: kinds)
    func append(type: String, name: String) async throws {
        try await withTemporaryFolder { folder in
            let file = try File(folder, type, name, ["mode": "append"])
            for start in [0, 2] {
                let writer = try await file.writer()
                try await writer.write(rows(start..<start + 1))
                #expect(try await writer.commit(durable: true) == nil)
                try await writer.write(rows(50..<20_000))
                try await writer.rollback()
                try await writer.write(rows(start + 1..<start + 2))
                try await writer.finish()
            }
            let writer = try await file.writer()
            try await writer.write(rows(50..<20_000))
            await writer.abandon(resumable: false)
            #expect(try await file.load() == [0, 1, 2, 3])
            #expect(try names(folder) == [name])
        }
    }

    @Test(
        "many writers append to one file at once, each record whole, and one that fails takes nothing of the others away",
        arguments: [false, true])
    func appendTogether(isGzip: Bool) async throws {
        try await withTemporaryFolder { folder in
            let file = try File(folder, "jsonl", isGzip ? "x.jsonl.gz" : "x.jsonl", ["mode": "append"])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let writer = try await file.writer()
                        for batch in 0..<5 {
                            try await writer.write(rows(number * 10_000..<number * 10_000 + 6_000))
                            if batch == 2 { try await writer.rollback() } else { _ = try await writer.commit(durable: false) }
                        }
                        try await writer.finish()
                    }
                }
                try await group.waitForAll()
            }
            let found = Dictionary(try await file.load().map { ($0, 1) }, uniquingKeysWith: +)
            #expect(found.count == 48_000)
            #expect(found.values.allSatisfy { (4...5).contains($0) })
        }
    }

    @Test("a record that a crash has cut off does not take the next one with it")
    func tornRecord() async throws {
        try await withTemporaryFolder { folder in
            let file = try File(folder, "jsonl", "x.jsonl", ["mode": "append"])
            try write("{\"a\":1,\"b\":\"\"}\n{\"a\":", to: "\(folder)/x.jsonl")
            try await file.connector.save(rows(7..<8), file.request())
            #expect(try await file.load() == [1, 7])
        }
    }

    @Test("dead letters of several runs stand behind each other")
    func deadLetters() async throws {
        try await withTemporaryFolder { folder in
            var flow = TestFlow()
            try flow.registry.registerFileConnectors()
            flow.connector(ConnectorDefinition(name: "letters", type: "jsonl", address: "\(folder)/letters.jsonl"))
            try flow.add(FunctionDefinition(name: "use", mode: .verify, onError: .deadLetter("letters"))) { (_: [Score], _: FlowContext) in
                .next
            }
            for _ in 0..<2 { _ = try await flow.flow().run(FlowRows(["{}", "{\"id\":1}"])) }
            #expect(try read("\(folder)/letters.jsonl").split(separator: "\n").count == 4)
        }
    }

    @Test("gzip of several members is one file; padding with zeros is passed over")
    func members() async throws {
        try await withTemporaryFolder { folder in
            let file = try File(folder, "jsonl", "x.jsonl.gz")
            var bytes = Data()
            for number in 0..<3 {
                try await file.connector.save(rows(number..<number + 1), file.request())
                bytes += try Data(contentsOf: URL(filePath: "\(folder)/x.jsonl.gz"))
            }
            try (bytes + Data(count: 1_000)).write(to: URL(filePath: "\(folder)/x.jsonl.gz"))
            #expect(try await file.load() == [0, 1, 2])
        }
    }

    @Test("gzip that is cut off or damaged is an error that names the file")
    func damaged() async throws {
        try await withTemporaryFolder { folder in
            let file = try File(folder, "jsonl", "x.jsonl.gz")
            try await file.connector.save(rows(0..<5_000), file.request())
            let path = URL(filePath: "\(folder)/x.jsonl.gz")
            let whole = try Data(contentsOf: path)
            for length in [0, 5, 15, whole.count / 2, whole.count - 1] {
                try whole.prefix(length).write(to: path)
                let error = try await flowError { _ = try await file.load() }
                #expect(error.description.contains("\(folder)/x.jsonl.gz ends in the middle of its gzip data"), "\(error)")
            }
            var damaged = whole
            damaged[whole.count / 2] ^= 0xFF
            damaged[whole.count / 2 + 1] ^= 0xFF
            for bytes in [damaged, Data("{\"a\":1}\n".utf8)] {
                try bytes.write(to: path)
                let error = try await flowError { _ = try await file.load() }
                #expect(error.description.contains("\(folder)/x.jsonl.gz is not valid gzip"), "\(error)")
            }
        }
    }

    @Test("gzip reads what the gzip program writes, and the other way round", arguments: [1, 200_000])
    func program(count: Int) async throws {
        try await withTemporaryFolder { folder in
            let text = rows(0..<count).map { "{\"a\":\($0.a),\"b\":\"\($0.b)\"}\n" }.joined()
            try write(text, to: "\(folder)/x.jsonl")
            _ = try await Program.run("gzip", ["\(folder)/x.jsonl"])
            let file = try File(folder, "jsonl", "x.jsonl.gz")
            #expect(try await file.load() == Array(0..<count))
            try await file.connector.save(rows(0..<count), file.request())
            let unpacked = try await Program.run("gzip", ["-dc", "\(folder)/x.jsonl.gz"])
            #expect(String(decoding: unpacked, as: UTF8.self) == text)
        }
    }

    @Test("a file that became shorter than where loading was is an error", arguments: ["x.jsonl", "x.jsonl.gz"])
    func shrunk(name: String) async throws {
        try await withTemporaryFolder { folder in
            let file = try File(folder, "jsonl", name)
            try await file.connector.save(rows(0..<9), file.request())
            var position: FieldValue?
            try await file.connector.load(Pair.self, file.request()) { position = $0.position }
            try await file.connector.save(rows(0..<2), file.request())
            let error = try await flowError { try await file.connector.load(Pair.self, file.request(position)) { _ in } }
            #expect(error.description.contains("\(name) is shorter than when the checkpoint was made"), "\(error)")
            let wrong = try await flowError { try await file.connector.load(Pair.self, file.request(.string("x"))) { _ in } }
            #expect(wrong.kind == .checkpoint)
        }
    }

    @Test("a pattern is all files that match it, by name, and loading goes on in the file where it was")
    func patterns() async throws {
        try await withTemporaryFolder { folder in
            for number in 0..<3 {
                let file = try File(folder, "csv", "part-\(number).csv")
                try await file.connector.save(rows(number * 10..<number * 10 + 3), file.request())
            }
            try write("", to: "\(folder)/other.csv")
            let all = try File(folder, "csv", "part-*.csv", ["batch_rows": "2"])
            #expect(try await all.load() == [0, 1, 2, 10, 11, 12, 20, 21, 22])
            var batches: [RowBatch<Pair>] = []
            try await all.connector.load(Pair.self, all.request()) { batches.append($0) }
            for (number, batch) in batches.enumerated() {
                var rest: [Int] = []
                try await all.connector.load(Pair.self, all.request(batch.position)) { rest += $0.rows.map(\.a) }
                #expect(rest == batches[(number + 1)...].flatMap(\.rows).map(\.a))
            }
            try FileManager.default.removeItem(atPath: "\(folder)/part-1.csv")
            let gone = try await flowError { try await all.connector.load(Pair.self, all.request(batches[2].position)) { _ in } }
            #expect(gone.description.contains("\(folder)/part-1.csv"), "\(gone)")
            let none = try await flowError { _ = try await File(folder, "csv", "x-*.csv").load() }
            #expect(none.description.contains("no file matches \(folder)/x-*.csv"), "\(none)")
        }
    }
}
