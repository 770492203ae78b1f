import ArgumentParser
import Engine
import Testing
import Workflow

@testable import Console
@testable import commander

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("dag validate and dag apply")
struct ValidateTests {
    /// Writes files into a folder of their own, and removes it afterwards.
    private func withFiles<Result>(_ files: [String: String], _ body: (String) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "commander-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        return try await body(folder.path)
    }

    private static let good = """
        id: good
        tasks:
          - id: a
            actionName: print
            params: {message: hello}
        """
    private static let bad = """
        id: bad
        tasks:
          - id: a
            actionName: print
            dependOn: [nowhere]
        """

    @Test("a good file is valid, in a directory too")
    func valid() async throws {
        try await withFiles(["good.yaml": Self.good, "notes.txt": "not YAML: ["]) { folder in
            for path in [folder, folder + "/good.yaml"] {
                let report = try DagValidateCommand.parse([path]).report
                #expect(report.isValid)
                #expect(report.files.map(\.id) == ["good"])
                #expect(report.text(Samples.plain) == "\(folder)/good.yaml: valid: DAG 'good' with 1 task\n")
            }
        }
    }

    @Test("a mistake is reported with file, line and column, and the good files are still named")
    func invalid() async throws {
        try await withFiles(["good.yaml": Self.good, "bad.yaml": Self.bad]) { folder in
            let report = try DagValidateCommand.parse([folder]).report
            #expect(!report.isValid)
            let text = report.text(Samples.plain)
            #expect(text.contains("\(folder)/bad.yaml:5:"))
            #expect(text.contains("error: "))
            #expect(text.hasSuffix("1 of 2 files are valid\n"))
        }
    }

    @Test("an action that is not built in is a warning, since a worker may have it, and none once a node offers it")
    func unknownAction() async throws {
        try await withFiles(["a.yaml": Self.good.replacing("print", with: "teleport")]) { folder in
            let report = try DagValidateCommand.parse([folder]).report
            #expect(report.isValid)
            #expect(report.problems.map(\.severity) == [.warning])
            #expect(try DagApplyCommand.read(folder, registered: ["teleport"]).flatMap(\.problems).isEmpty)
        }
    }

    @Test("one file with an error keeps all from being applied, before any database is asked")
    func applyNothing() async throws {
        try await withFiles(["good.yaml": Self.good, "bad.yaml": Self.bad]) { folder in
            let errors = Collected()
            #expect(await Main.run(["dag", "apply", folder, "--url", "mongodb://127.0.0.1:1/x"], errors: errors.output) == .usage)
            #expect(errors.content.hasPrefix("commander: nothing is applied"))
            #expect(errors.content.contains("\(folder)/bad.yaml:5:"))
        }
    }

    @Test("a path that is not there is bad input", arguments: ["validate", "apply"])
    func missing(command: String) async {
        let errors = Collected()
        #expect(await Main.run(["dag", command, "/no/such/file.yaml"], errors: errors.output) == .usage)
        #expect(errors.content.contains("there is no file or directory '/no/such/file.yaml'"))
    }
}
