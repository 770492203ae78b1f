import ArgumentParser
import Engine
import Workflow

/// `commander dag apply`.
struct DagApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Make the definition of a file, or those of a directory, the current ones.",
        discussion:
            "All files are checked first: if one has an error, nothing is applied. Runs that are under way keep the definition that they started with."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A YAML file or a directory of them.")
    var path: String

    func run() async throws {
        // Before the database is asked, which may not be there.
        _ = try Self.read(path, registered: [])
        let report = try await options.connected { try await apply($0.commander) }
        let terminal = options.terminal
        for problem in report.problems where !options.json { terminal.printError(problem.text + "\n") }
        try terminal.show(report, json: options.json)
    }

    private func apply(_ commander: Commander) async throws -> ApplyReport {
        let actions = try await commander.nodes().nodes.filter(\.isAlive).flatMap(\.node.actions)
        let files = try Self.read(path, registered: Set(actions))
        var report = ApplyReport(problems: ValidationReport(files).problems)
        for file in files {
            if let dag = file.dag { report.add(try await commander.apply(dag, source: file.path)) }
        }
        return report
    }

    /// All definitions.
    /// - Throws: `Failure` with all problems if a file has an error.
    static func read(_ path: String, registered: Set<String>) throws -> [DagFile] {
        let files = try DagFile.existing(path, registered: registered)
        let report = ValidationReport(files)
        guard report.isValid else {
            throw Failure(.usage, "nothing is applied: correct the errors below and apply again", problems: report.problems)
        }
        return files
    }
}
