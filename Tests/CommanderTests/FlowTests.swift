import ArgumentParser
import Testing

@testable import Console
@testable import commander

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("flow validate and flow show")
struct FlowTests {
    private static let flow = """
        kistype: flow
        status: 1
        flow_name: Orders
        source: Incoming
        parallelism: 2
        flows:
          - fname: Check
          - fname: Score
            params: {model: large}
        """
    private static let functions = """
        kistype: func
        fname: Check
        fmode: Verify
        source: {name: orders, must: [id, price]}
        option: {on_error: {dead_letter: Bad}}
        ---
        kistype: func
        fname: Score
        fmode: Calculate
        type: exec
        command: [python3, score.py]
        option: {retry_times: 2, retry_duration: 100}
        """
    private static let connectors = """
        kistype: conn
        cname: Incoming
        type: jsonl
        addrs: orders.jsonl
        ---
        kistype: conn
        cname: Bad
        type: jsonl
        addrs: bad.jsonl
        """
    private static let good = ["flow.yml": flow, "functions.yml": functions, "connectors.yml": connectors]

    private func withFiles<Result>(_ files: [String: String], _ body: (String) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "commander-flows-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        return try await body(folder.path)
    }

    @Test("a good folder is valid, without any worker")
    func valid() async throws {
        try await withFiles(Self.good) { folder in
            let report = try FlowValidateCommand.parse([folder]).report
            #expect(report.text(Samples.plain) == "\(folder): valid: 1 flow, 2 functions, 2 connectors\n")
            let document = try JSONOutput.document(report)
            #expect(document.contains("\"isValid\" : true"))
        }
    }

    @Test("all mistakes of all files are said at once, with file, line and column")
    func invalid() async throws {
        var files = Self.good
        files["flow.yml"] = Self.flow.replacing("fname: Check", with: "fname: Chekc")
        files["more.yml"] = "kistype: func\nfname: X\nfmode: Verify\ncolour: red\n"
        try await withFiles(files) { folder in
            let text = try FlowValidateCommand.parse([folder]).report.text(Samples.plain)
            #expect(text.contains("\(folder)/flow.yml:7:"))
            #expect(text.contains("did you mean \"Check\"?"))
            #expect(text.contains("\(folder)/more.yml:4:1: error: unknown key \"colour\""))
            #expect(text.contains("\(folder)/functions.yml:1:1: warning: function \"Check\" is used by no flow"))
            #expect(text.hasSuffix("2 errors, 2 warnings: 1 flow, 3 functions, 2 connectors\n"))
            #expect(await Main.run(["flow", "validate", folder], errors: Collected().output) == .failed)
        }
    }

    @Test("warnings are errors with --strict only")
    func strict() async throws {
        var files = Self.good
        files["more.yml"] = "kistype: func\nfname: X\nfmode: Verify\n"
        try await withFiles(files) { folder in
            #expect(try FlowValidateCommand.parse([folder]).report.isValid)
            let report = try FlowValidateCommand.parse([folder, "--strict"]).report
            #expect(!report.isValid)
            #expect(report.text(Samples.plain).contains("more.yml:1:1: error: function \"X\" is used by no flow"))
        }
    }

    @Test("a folder that is not there is bad input", arguments: ["validate", "show"])
    func missing(command: String) async {
        let errors = Collected()
        #expect(await Main.run(["flow", command, "/no/such/folder"], errors: errors.output) == .usage)
        #expect(errors.content.contains("/no/such/folder: there is no such folder"))
    }

    @Test("a flow is drawn from its source to its end, and fits the window")
    func show() async throws {
        try await withFiles(Self.good) { folder in
            let report = try FlowShowCommand.parse([folder]).report
            #expect(
                report.text(Samples.plain) == """
                    Orders (batches of 1000, 2 at once)
                    ├ source Incoming (jsonl orders.jsonl)
                    ├ 1  Check  Verify     must id,price  error rows -> Bad (jsonl bad.jsonl)
                    └ 2  Score  Calculate  exec: python3 score.py  model=large  2 retries after 100 ms

                    """)
            let lines = report.text(Samples.window(30)).split(separator: "\n")
            #expect(lines.count == 4)
            #expect(lines.allSatisfy { $0.count <= 30 })
        }
    }

    @Test("a flow that is not there is bad input that names those that are")
    func unknownFlow() async throws {
        try await withFiles(Self.good) { folder in
            let errors = Collected()
            #expect(await Main.run(["flow", "show", folder, "Ordres"], errors: errors.output) == .usage)
            #expect(errors.content.contains("has no flow \"Ordres\"; it has Orders"))
        }
    }

    @Test("the samples have neither mistakes nor warnings")
    func samples() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "dags/kisflow").path
        #expect(try FlowValidateCommand.parse([folder, "--strict"]).report.problemCount == 0)
    }
}
