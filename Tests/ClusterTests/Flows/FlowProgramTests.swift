import Foundation
import Testing

@Suite("The flow command of a worker", .timeLimit(.minutes(2)))
struct FlowProgramTests {
    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// A folder with flows of exec functions: Pass gives every row on, Keep drops rows that are 0, Mend fails for 2 until there is a file `mended`.
    private func withFlows<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("flows-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in Self.files { try write(text, folder.appendingPathComponent(name)) }
        return try await body(folder)
    }

    private func write(_ text: String, _ file: URL) throws { try Data(text.utf8).write(to: file) }

    private func read(_ file: URL) throws -> String { String(decoding: try Data(contentsOf: file), as: UTF8.self) }

    private static let mend = """
        import json, os, sys
        for line in sys.stdin:
            row = json.loads(line)
            if row["n"] == 2 and not os.path.exists("mended"): print('{"kis": "error", "message": "two"}')
            else: print(line.strip())
        """

    private static var files: [String: String] {
        [
            "mend.py": mend,
            "flows.yml": [("Pass", 1), ("Keep", 1), ("Mend", 1), ("Slow", 1), ("Crash", 1), ("Off", 0)].map { name, status in
                """
                kistype: flow
                status: \(status)
                flow_name: \(name)
                flows: [{fname: \(name == "Off" ? "Pass" : name)}, {fname: Last}]
                """
            }.joined(separator: "\n---\n"),
            "functions.yml": """
            {kistype: func, fname: Pass, fmode: Expand, type: exec, command: [cat]}
            ---
            {kistype: func, fname: Last, fmode: Expand, type: exec, command: [cat]}
            ---
            {kistype: func, fname: Keep, fmode: Expand, type: exec, command: [sed, -u, 's/.*"n":0.*//']}
            ---
            {kistype: func, fname: Mend, fmode: Expand, type: exec, command: [python3, mend.py], option: {on_error: {dead_letter: Letters}}}
            ---
            {kistype: func, fname: Slow, fmode: Expand, type: exec, command: 'sleep 300 & echo started $! >&2; wait'}
            ---
            {kistype: func, fname: Crash, fmode: Expand, type: exec, command: 'echo no model >&2; exit 3'}
            ---
            {kistype: conn, cname: Letters, type: jsonl, addrs: '{{out}}/letters.jsonl'}
            """,
        ]
    }

    private func rows(_ numbers: [Int], in folder: URL) throws -> String {
        let file = folder.appendingPathComponent("rows.jsonl")
        try write(numbers.map { "{\"n\":\($0)}\n" }.joined(), file)
        return file.path
    }

    private func flow(_ arguments: [String], _ folder: URL) async throws -> CommandResult {
        try await runProgram("swiftflow", ["flow"] + arguments, environment: ["SWIFTFLOW_FLOWS": folder.path], folder: folder)
    }

    @Test("the sample in Python runs on a CSV file; its rows go to standard output, the table to standard error")
    func sample() async throws {
        let result = try await runProgram(
            "swiftflow",
            [
                "flow", "run", "CatchUps", "--flows", "dags/kisflow", "--input", "dags/data/flights-2013-01-week1.csv", "--output", "-",
            ],
            folder: Self.repository)
        #expect(result.exitCode == 0)
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 12)
        #expect(lines.first == #"{"carrier": "9E", "flights": 28, "caught_up": 14.0}"#)
        #expect(result.errors.contains("CatchUps: completed in"))
        #expect(result.errors.contains("CatchUp: 56 × never arrived"))
    }

    @Test("a worker's own functions run on JSON lines, with parameters; the result is a table, or JSON")
    func ownFunctions() async throws {
        try await withFlows { folder in
            let input = folder.appendingPathComponent("scores.jsonl")
            try write(#"{"stu_id":1,"score_1":88,"score_2":94}"# + "\n" + #"{"score_1":1,"score_2":2}"# + "\n", input)
            let arguments = [
                "flow", "run", "CalStuAvgScore12", "--flows", "dags/kisflow", "--input", input.path, "--param", "out=\(folder.path)",
            ]
            let table = try await runProgram("example-worker", arguments, folder: Self.repository)
            #expect(table.exitCode == 0, "\(table.errors)")
            #expect(table.output.contains("FUNCTION"))
            #expect(table.output.split(separator: "\n").contains { $0.hasPrefix("VerifyStu") && $0.contains(" 1 ") })
            #expect(try read(folder.appendingPathComponent("score12.jsonl")).contains("91"))
            let json = try await runProgram("example-worker", arguments + ["--json"], folder: Self.repository)
            let report = try JSONDecoder().decode(Report.self, from: Data(json.output.utf8))
            #expect(report.runs.map(\.status) == ["completed"])
            #expect(report.runs.first?.functions.first?.rejected == 1)
        }
    }

    private struct Report: Decodable {
        struct Run: Decodable {
            struct Function: Decodable {
                var rejected: Int
            }

            var status: String
            var functions: [Function]
        }

        var runs: [Run]
    }

    @Test("rows come from standard input and go to a file, which is there only when all is well")
    func standardInput() async throws {
        try await withFlows { folder in
            let program = try Programs.url("swiftflow").path
            let input = try rows(Array(1...2_500), in: folder)
            let line = "'\(program)' flow run Pass --input - --batch 100 --parallelism 2 --output out.jsonl < '\(input)'"
            let result = try await runProcess(
                URL(fileURLWithPath: "/bin/sh"), ["-c", line], environment: ["SWIFTFLOW_FLOWS": folder.path], folder: folder)
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(result.output.contains("2500 rows read in 25 batches"))
            #expect(try read(folder.appendingPathComponent("out.jsonl")) == read(URL(fileURLWithPath: input)))
            let failed = try await flow(["run", "Crash", "--input", input, "--output", "none.jsonl"], folder)
            #expect(failed.exitCode == 1)
            #expect(failed.errors.contains("Crash: no model"))
            #expect(failed.errors.contains("flow Crash, function Crash: "))
            #expect(failed.errors.contains("exit code 3"))
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(!left.contains { $0.hasPrefix("none.jsonl") })
        }
    }

    @Test("exit codes tell a script what happened")
    func exitCodes() async throws {
        try await withFlows { folder in
            let zeros = try rows([0, 0], in: folder)
            #expect(try await flow(["run", "Keep", "--input", zeros], folder).exitCode == 4)
            #expect(try await flow(["run", "Off", "--input", zeros], folder).exitCode == 5)
            for wrong in [
                ["run", "Pas", "--input", zeros], ["run", "Pass", "--input", "rows.parquet"], ["run", "Pass", "--batch", "0"],
                ["run", "Pass", "--input", zeros, "--source", "Letters"], ["run", "Pass", "--param", "x"],
                ["run", "Pass", "--flows", "/no/such"],
                ["validate", "/no/such"], ["show", "Pas"],
            ] {
                let result = try await flow(wrong, folder)
                #expect(result.exitCode == 2, "\(wrong): \(result.errors)")
                #expect(!result.errors.isEmpty && result.output.isEmpty)
            }
            let unknown = try await flow(["run", "Pas", "--input", zeros, "--json"], folder)
            #expect(unknown.errors.contains("did you mean \\\"Pass\\\"?"))
            let gone = try await flow(["run", "Pass", "--input", "gone.jsonl"], folder)
            #expect(gone.exitCode == 1)
            #expect(gone.errors.contains("there is no file gone.jsonl"))
            #expect(!gone.errors.contains("function"))
        }
    }

    @Test("dead letters of one run are fed back in by another")
    func deadLetters() async throws {
        try await withFlows { folder in
            let input = try rows([1, 2, 3], in: folder)
            let first = try await flow(["run", "Mend", "--input", input, "--param", "out=\(folder.path)", "--output", "-"], folder)
            #expect(first.exitCode == 0, "\(first.errors)")
            #expect(first.output == "{\"n\":1}\n{\"n\":3}\n")
            #expect(first.errors.contains("Mend: 1 × two"))
            try write("", folder.appendingPathComponent("mended"))
            let second = try await flow(
                ["run", "Mend", "--dead-letters", "letters.jsonl", "--param", "out=\(folder.path)/again", "--output", "-"], folder)
            #expect(second.exitCode == 0, "\(second.errors)")
            #expect(second.output == "{\"n\":2}\n")
            let other = try await flow(["run", "Pass", "--dead-letters", "letters.jsonl"], folder)
            #expect(other.exitCode == 2)
        }
    }

    @Test("Ctrl-C cancels the run and leaves no process behind")
    func interrupt() async throws {
        try await withFlows { folder in
            let input = try rows([1], in: folder)
            let process = try LoggedProcess(
                "swiftflow", ["flow", "run", "Slow", "--flows", folder.path, "--input", input], name: "flow")
            #expect(await process.line(containing: "started"))
            process.send(SIGINT)
            #expect(await process.exitCode() == 130)
            #expect(process.log.contains("interrupted"))
            let line = try #require(process.log.split(separator: "\n").first { $0.contains("started") })
            let child = try #require(line.split(separator: " ").last.flatMap { Int32($0) })
            #expect(!isAlive(child))
        }
    }

    @Test("a reader that goes away ends the run quietly")
    func closedOutput() async throws {
        try await withFlows { folder in
            let program = try Programs.url("swiftflow").path
            let line = "yes '{\"n\":1}' | '\(program)' flow run Pass --input - --output - | head -n 1"
            let result = try await runProcess(
                URL(fileURLWithPath: "/bin/sh"), ["-c", line], environment: ["SWIFTFLOW_FLOWS": folder.path], folder: folder)
            #expect(result.output == "{\"n\":1}\n")
            #expect(!result.errors.contains("swiftflow:"))
        }
    }

    @Test("list, validate and show know which functions the program has")
    func looking() async throws {
        let stock = try await runProgram("swiftflow", ["flow", "list", "--flows", "dags/kisflow"], folder: Self.repository)
        #expect(stock.output.split(separator: "\n").contains { $0.hasPrefix("CatchUps") && $0.hasSuffix("ready") })
        #expect(stock.output.contains("cannot run here"))
        let missing = try await runProgram("swiftflow", ["flow", "validate", "dags/kisflow"], folder: Self.repository)
        #expect(missing.exitCode == 1)
        #expect(missing.output.contains("func-VerifyStu.yml:1:1: error: function \"VerifyStu\" is not registered"))
        let whole = try await runProgram("example-worker", ["flow", "validate", "dags/kisflow", "--strict"], folder: Self.repository)
        #expect(whole.exitCode == 0, "\(whole.output)")
        let shown = try await runProgram("swiftflow", ["flow", "show", "CatchUps", "--flows", "dags/kisflow"], folder: Self.repository)
        #expect(shown.output.contains("├ 1  CatchUp"))
    }

    /// Whether a process is there and has not ended: one that nobody has reaped yet is over.
    private func isAlive(_ pid: Int32) -> Bool {
        guard let stat = try? read(URL(fileURLWithPath: "/proc/\(pid)/stat")), let name = stat.lastIndex(of: ")") else { return false }
        return !stat[name...].dropFirst(2).hasPrefix("Z")
    }
}
