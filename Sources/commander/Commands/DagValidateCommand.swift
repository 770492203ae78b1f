import ArgumentParser
import Console
import Engine

/// `commander dag validate`.
struct DagValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check a file, or the .yaml and .yml files of a directory.",
        discussion:
            "Needs no database, so an action that is not built in gets a warning: a worker may have it. Exit code 1 if there is an error.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var limits: DagLimitOptions

    @Argument(help: "A YAML file or a directory of them.")
    var path: String

    func run() async throws {
        let report = try self.report
        try options.terminal.show(report, json: options.json)
        if !report.isValid { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    /// What is wrong with the files.
    var report: ValidationReport {
        get throws { ValidationReport(try DagFile.existing(path, limits: limits.limits())) }
    }
}
