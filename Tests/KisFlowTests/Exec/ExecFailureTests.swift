import Foundation
import KisConnectors
import KisFlow
import Testing

@Suite("Programs that fail", .timeLimit(.minutes(2)))
struct ExecFailureTests {
    private func failure(_ program: ExecFlow, _ rows: [Int] = [1, 2, 3]) async throws -> FlowError {
        try await flowError { _ = try await program.run(rows) }
    }

    @Test("a row that a program reports is an error row: it is left out with its reason, or rejected")
    func remarks() async throws {
        var program = ExecFlow(
            pythonRows: """
                def each(row):
                    if row == 2: return {"kis": "error", "message": "no price"}
                    if row == 3: return {"kis": "reject", "message": "too old"}
                    return row
                """)
        #expect(try await failure(program).message.contains("row 1: no price"))
        program.onError = .skip
        let result = try await program.run([1, 2, 3, 4])
        #expect(try result.rows(as: Int.self) == [1, 4])
        #expect(result.functions.map(\.failed) == [1])
        #expect(result.functions.map(\.rejected) == [1])
        #expect(result.functions.first?.reasons == ["no price": 1, "too old": 1])
    }

    @Test("with protocol batch a program names the row that it reports, and the row becomes a dead letter")
    func deadLetters() async throws {
        try await withTemporaryFolder { folder in
            var program = ExecFlow(
                python: """
                    for line in sys.stdin:
                        row = json.loads(line)
                        if row == 5: print('{"kis": "error", "message": "five", "row": 1}')
                        if row == {"kis": "end"}: print(line.strip())
                    """)
            program.params["protocol"] = "batch"
            program.onError = .deadLetter("letters")
            program.connectors = [ConnectorDefinition(name: "letters", type: "jsonl", address: "\(folder)/letters.jsonl")]
            _ = try await program.stream([4, 5, 6], batch: 3)
            let letter = try JSONDecoder().decode(DeadLetter.self, from: Data(read("\(folder)/letters.jsonl").utf8))
            #expect(letter.error.contains("five"))
            #expect(letter.row == .int(5))
        }
    }

    @Test("a row that is no JSON is an error row and does not reach the program")
    func unreadableRow() async throws {
        var program = ExecFlow(["cat"])
        program.onError = .skip
        let result = try await program.run(["1", "{oops", "3"])
        #expect(try result.rows(as: Int.self) == [1, 3])
        #expect(result.functions.first?.reasons == ["the row is no JSON": 1])
    }

    @Test("a program that ends too early is an error with its command, exit code and last words")
    func crash() async throws {
        let error = try await failure(ExecFlow(shell: "read row; echo $row; echo the model is missing >&2; exit 3"))
        #expect(error.kind == .functionFailed)
        #expect(error.message.contains("read row; echo"))
        #expect(error.message.contains("ended with exit code 3, having written 1 lines for 3 rows"))
        #expect(error.message.contains("the model is missing"))
    }

    @Test("a program that a signal ends is an error that says so")
    func signal() async throws {
        #expect(try await failure(ExecFlow(shell: "kill -9 $$")).message.contains("was ended by signal 9"))
    }

    @Test("a program that fails after its last batch fails the run")
    func failureAtTheEnd() async throws {
        let program = ExecFlow(shell: "cat; echo the database is gone >&2; exit 4")
        let error = try await flowError { _ = try await program.stream([1, 2, 3], batch: 1) }
        #expect(error.message.contains("ended with exit code 4 after its last batch"))
        #expect(error.message.contains("the database is gone"))
    }

    @Test("a program that crashed is started again for the next try")
    func retry() async throws {
        try await withTemporaryFolder { folder in
            var program = ExecFlow(
                python: """
                    if not os.path.exists("once"):
                        open("once", "w").close()
                        sys.exit("crashed")
                    for line in sys.stdin: print(line.strip())
                    """)
            program.directory = folder
            program.retryTimes = 1
            let result = try await program.run([1, 2])
            #expect(try result.rows(as: Int.self) == [1, 2])
            #expect(result.functions.map(\.attempts) == [2])
        }
    }

    @Test("output that is no JSON is an error that shows it")
    func noJSON() async throws {
        let error = try await failure(ExecFlow(pythonRows: "print('Loading model…')\ndef each(row): return row"))
        #expect(error.message.contains("wrote as line 1 of its answer which is no JSON: Loading model…"))
    }

    @Test(
        "more lines than rows are an error, whether they come at once, later or without reading",
        arguments: [
            "sed -u p", "cat; echo 9", "yes 1",
        ])
    func tooManyLines(line: String) async throws {
        let program = ExecFlow(shell: line)
        let rows = (0..<30_000).map { "{\"id\": \($0), \"score\": 1.5}" }
        let error = try await flowError { _ = try await program.stream(rows, batch: 10_000) }
        #expect(error.message.contains("wrote more lines than it was given rows"))
    }

    @Test("a line that is too long, or too many rows, are errors that name the parameter")
    func bounds() async throws {
        var program = ExecFlow(pythonRows: "def each(row): return 'x' * 5000")
        program.params["max_record_bytes"] = "1000"
        #expect(try await failure(program).message.contains("max_record_bytes"))
        var many = ExecFlow(["yes", "1"])
        many.params = ["protocol": "stream", "max_rows_out": "500"]
        #expect(try await failure(many).message.contains("wrote more than 500 rows for one batch (parameter max_rows_out)"))
    }

    @Test("a program that does not answer is ended after the timeout, with what it started")
    func timeout() async throws {
        try await withTemporaryFolder { folder in
            var program = ExecFlow(shell: "sleep 300 & echo $! > child; wait")
            program.directory = folder
            program.params["timeout"] = "300ms"
            let error = try await failure(program)
            #expect(error.message.contains("was not done with a batch within 300ms (parameter timeout)"))
            #expect(try !isAlive(read("\(folder)/child")))
        }
    }

    @Test("a run that is cancelled leaves no process behind")
    func cancel() async throws {
        let notes = Notes<String>()
        let (told, tell) = AsyncStream.makeStream(of: String.self)
        let program = ExecFlow(shell: "sleep 300 & echo $$ $! >&2; wait")
        let run = Task {
            try await program.flow().run(
                FlowRows([1]),
                options: RunOptions(observer: { event in
                    if case .message(_, let text) = event { tell.yield(text) }
                }))
        }
        let line = try #require(await told.first { _ in true })
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        let processes = line.split(separator: " ")
        #expect(processes.count == 2)
        for process in processes { #expect(!isAlive(String(process))) }
        #expect(notes.all.isEmpty)
    }

    @Test("a command that does not exist fails the run whatever the policy for error rows is")
    func noSuchCommand() async throws {
        var program = ExecFlow(["no-such-program-anywhere", "--key", "redis://me:secret@host/"])
        program.onError = .skip
        let error = try await failure(program)
        #expect(error.kind == .unavailable)
        #expect(error.message.contains("no-such-program-anywhere is in no folder of PATH"))
        #expect(!error.message.contains("secret"))
        var lost = ExecFlow(["cat"])
        lost.directory = "/no/such/folder"
        #expect(try await failure(lost).message.contains("cannot enter its folder /no/such/folder"))
    }

    @Test(
        "a wrong parameter, and a function without a command, are known before anything runs",
        arguments: [
            ["protocol": "lines"], ["timeout": "soon"], ["timeout": "-1s"], ["max_rows_out": "0"], ["env.A=B": "1"],
        ])
    func wrongParameters(params: [String: String]) throws {
        var program = ExecFlow(["cat"])
        program.params = params
        let error = #expect(throws: FlowError.self) { try program.flow() }
        #expect(error?.message.contains("parameter \(params.keys.first ?? "")") == true)
        #expect(throws: FlowError.self) { try ExecFlow([]).flow() }
    }

    /// Whether a process is there and has not ended: one that nobody has reaped yet is over.
    private func isAlive(_ pid: String) -> Bool {
        let pid = pid.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let stat = try? read("/proc/\(pid)/stat"), let name = stat.lastIndex(of: ")") else { return false }
        return !stat[name...].dropFirst(2).hasPrefix("Z")
    }
}
