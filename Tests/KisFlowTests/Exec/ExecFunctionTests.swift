import Foundation
import KisConnectors
import KisFlow
import Testing

@Suite("Functions that are programs", .timeLimit(.minutes(2)))
struct ExecFunctionTests {
    private static let scores = [Score(id: 1, score: 4), Score(id: 2, score: 9)]

    private static let shift = """
        def each(row):
            return {"id": row["id"], "score": row["score"] + 1}
        """

    @Test("a program of five lines gives one row for each that it reads, in order")
    func roundTrip() async throws {
        let result = try await ExecFlow(pythonRows: Self.shift).run(Self.scores)
        #expect(try result.rows(as: Score.self) == [Score(id: 1, score: 5), Score(id: 2, score: 10)])
        #expect(result.status == .completed)
    }

    @Test("an empty line or null gives no row")
    func drops() async throws {
        let program = ExecFlow(
            python: """
                for line in sys.stdin:
                    row = json.loads(line)
                    print(line.strip() if row % 3 == 0 else "null" if row % 3 == 1 else "")
                """)
        #expect(try await program.run([1, 2, 3, 4, 5, 6]).rows(as: Int.self) == [3, 6])
    }

    @Test("a text of several lines goes to the program as one line")
    func multilineText() async throws {
        let result = try await ExecFlow(["cat"]).run(["{\n  \"id\": 1,\r\n  \"score\": 2\n}"])
        #expect(try result.rows(as: Score.self) == [Score(id: 1, score: 2)])
    }

    @Test("with protocol batch a program gives any number of rows for a batch, and keeps what it knows from one batch to the next")
    func batch() async throws {
        var program = ExecFlow(
            python: """
                total = 0
                for line in sys.stdin:
                    row = json.loads(line)
                    if row == {"kis": "end"}:
                        print(json.dumps(total))
                        print(line.strip())
                    else:
                        total += row
                        for _ in range(row): print(row)
                """)
        program.params["protocol"] = "batch"
        let (result, rows) = try await program.stream([2, 0, 1, 3], batch: 2)
        #expect(try rows.values(as: Int.self) == [2, 2, 2, 1, 3, 3, 3, 6])
        #expect(result.functions.map(\.rowsOut) == [8])
    }

    @Test("with protocol stream a program may give everything at its end, for each batch")
    func stream() async throws {
        var program = ExecFlow(["sort", "-n"])
        program.params["protocol"] = "stream"
        let (_, rows) = try await program.stream([3, 1, 2, 9, 8, 7], batch: 3)
        #expect(try rows.values(as: Int.self) == [1, 2, 3, 7, 8, 9])
    }

    @Test("with protocol stream a program need not read everything")
    func head() async throws {
        var program = ExecFlow(["head", "-n", "2"])
        program.params["protocol"] = "stream"
        let rows = (0..<50_000).map { "{\"id\": \($0), \"score\": 0.5}" }
        #expect(try await program.run(rows).rows(as: Score.self).map(\.id) == [0, 1])
    }

    @Test("jq is a function", .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/jq")))
    func jq() async throws {
        var program = ExecFlow(["jq", "-c", "select(.score > 5) | {id, average: .score}"])
        program.params["protocol"] = "stream"
        #expect(try await program.run(Self.scores).rows(as: Average.self) == [Average(id: 2, average: 9)])
    }

    @Test("one process serves all batches of a run, and another one the next run")
    func oneProcess() async throws {
        let program = ExecFlow(pythonRows: "def each(row): return os.getpid()")
        let first = Set(try await program.stream(Array(0..<20), batch: 2).rows.values(as: Int.self))
        let second = Set(try await program.stream(Array(0..<20), batch: 2).rows.values(as: Int.self))
        #expect(first.count == 1)
        #expect(second.count == 1)
        #expect(first != second)
    }

    @Test("batches that run in parallel have a program each, and come out in order")
    func parallel() async throws {
        var program = ExecFlow(pythonRows: "def each(row): return [row, os.getpid()]")
        program.parallelism = 3
        let rows = try await program.stream(Array(0..<300), batch: 10).rows.values(as: [Int].self)
        #expect(rows.map { $0[0] } == Array(0..<300))
        #expect((1...3).contains(Set(rows.map { $0[1] }).count))
    }

    @Test("100,000 rows go through a program that answers at once, and through one that first reads everything")
    func many() async throws {
        let rows = (0..<100_000).map { "{\"id\": \($0), \"score\": 0.25}" }
        let result = try await ExecFlow(["cat"]).run(rows)
        #expect(result.rows.count == 100_000)
        var tac = ExecFlow(["tac"])
        tac.params["protocol"] = "stream"
        #expect(try await tac.run(rows).rows(as: Score.self).first?.id == 99_999)
    }

    @Test("a function without rows starts no program")
    func noRows() async throws {
        #expect(try await ExecFlow(["false"]).stream([Int](), batch: 1).result.rowsRead == 0)
    }

    @Test("the program knows its flow, run, function and parameters, and starts in its folder")
    func surroundings() async throws {
        try await withTemporaryFolder { folder in
            try write("print(0)", to: "\(folder)/there.py")
            var program = ExecFlow(
                pythonRows: """
                    def each(row):
                        return [os.environ["KIS_FLOW"], os.environ["KIS_FUNCTION"], os.environ["COLOUR"],
                            json.loads(os.environ["KIS_PARAMS"])["day"], str(os.path.exists("there.py"))]
                    """)
            program.params = ["env.COLOUR": "red", "day": "7"]
            program.directory = folder
            #expect(try await program.run([1]).rows(as: [String].self) == [["exec", "program", "red", "7", "True"]])
        }
    }

    @Test("rows that lack a field they must have do not reach the program")
    func must() async throws {
        var program = ExecFlow(["cat"])
        program.mode = .verify
        program.must = ["score"]
        let result = try await program.run([#"{"id": 1}"#, #"{"id": 2, "score": 3}"#])
        #expect(try result.rows(as: Score.self) == [Score(id: 2, score: 3)])
        #expect(result.functions.map(\.rejected) == [1])
    }

    @Test("what a program writes to standard error is told, and a flood of it is cut down")
    func standardError() async throws {
        let notes = Notes<String>()
        let program = ExecFlow(
            python: """
                print("loading", file=sys.stderr)
                for line in sys.stdin:
                    print(line.strip())
                    for i in range(10000): print("x" * 9000 if i == 0 else "noise", file=sys.stderr)
                """)
        _ = try await program.run([1], notes: notes)
        #expect(notes.all.first == "loading")
        #expect(notes.all.contains { $0.contains("lines left out") })
        #expect(notes.all.allSatisfy { $0.utf8.count < 5_000 })
        #expect(notes.all.count < 5_000)
    }
}
