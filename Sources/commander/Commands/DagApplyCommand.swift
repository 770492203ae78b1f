import ArgumentParser
import Console
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
    @OptionGroup var limits: DagLimitOptions

    @Argument(help: "A YAML file or a directory of them.")
    var path: String

    func run() async throws {
        // Before the database is asked, which may not be there.
        let files = try Self.read(path, registered: [], limits: try limits.limits())
        let report = try await options.connected(createsStore: true) { try await apply(files, $0.commander) }
        let terminal = options.terminal
        for problem in report.problems where !options.json { terminal.printError(problem.text + "\n") }
        try terminal.show(report, json: options.json)
    }

    private func apply(_ files: [DagFile], _ commander: Commander) async throws -> ApplyReport {
        // Warnings of actions that a live node has registered are warnings no more.
        let isWarned = files.contains { !$0.problems.isEmpty }
        let actions = isWarned ? try await commander.nodes().nodes.filter(\.isAlive).flatMap(\.node.actions) : []
        let files = isWarned ? try Self.read(path, registered: Set(actions), limits: try limits.limits()) : files
        var report = ApplyReport(problems: ValidationReport(files).problems)
        let definitions = try files.compactMap { file in
            try file.dag.map { NewDefinition(dag: $0, version: try $0.contentVersion(), source: file.path) }
        }
        // A hundred at once: what a request may take is bounded, and so is what is sent again where it fails.
        for start in stride(from: 0, to: definitions.count, by: 100) {
            for outcome in try await commander.apply(Array(definitions[start..<min(start + 100, definitions.count)])) {
                if let outcome = try outcome.get() { report.add(outcome) }
            }
        }
        return report
    }

    /// All definitions.
    /// - Throws: `Failure` with all problems if a file has an error.
    static func read(_ path: String, registered: Set<String>, limits: DagLimits = DagLimits()) throws -> [DagFile] {
        let files = try DagFile.existing(path, registered: registered, limits: limits)
        let report = ValidationReport(files)
        guard report.isValid else {
            throw Failure(.usage, "nothing is applied: correct the errors below and apply again", problems: report.problems)
        }
        return files
    }
}
