public import ArgumentParser
import Console
import Engine
import Foundation

/// The `init` command of the stock program: begins a project that builds, with a worker, a DAG, a flow and a test.
public struct InitCommand<Program: WorkerProgram>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "init", abstract: "Begin a project: a worker of your own, a DAG, a flow and a test, ready to build.",
            discussion: """
                EXAMPLES:
                  \(Program.name) init Weather
                  cd Weather && swift run Weather run dags/weather.yaml
                """)
    }

    @Argument(
        help: "The project's name, which is that of its folder, its worker and its Swift module: a letter, then letters, digits and _.")
    var name: String

    @Option(
        help:
            "A checkout of Swiftflow to build against; without it the one that this program was built in, or for an installed program the package at \(ProjectTemplate.packageURL).",
        completion: .directory)
    var packagePath: String?

    @Flag(name: .customLong("no-color"), help: "No colours.") var noColor = false

    public init() {}

    public func run() async throws {
        let terminal = Terminal.standard(program: Program.name, noColor: noColor)
        try await Program.ending(terminal) {
            let template = try ProjectTemplate(name: name, packagePath: try checkout())
            try write(template)
            try terminal.print(template.farewell)
            return .success
        }
    }

    /// What is named, else what the program was built in.
    /// - Throws: `NodeError` where the path is not that of a checkout.
    private func checkout() throws -> String? {
        guard let packagePath else { return Bundle.main.executableURL.flatMap { Checkout.around($0) } }
        let path = URL(filePath: packagePath).standardizedFileURL.path
        guard FileManager.default.fileExists(atPath: path + "/Package.swift") else {
            throw NodeError("there is no Package.swift in '\(packagePath)'; --package-path names a checkout of Swiftflow")
        }
        return path
    }

    private func write(_ template: ProjectTemplate) throws {
        let folder = URL(filePath: template.name)
        let present = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        guard present?.isEmpty ?? !FileManager.default.fileExists(atPath: folder.path) else {
            throw NodeError("'\(template.name)' is there already and is not an empty folder; take another name, or remove it")
        }
        do {
            for (path, text) in template.files {
                let file = folder.appending(path: path)
                try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
        } catch {
            throw NodeError("the project cannot be written to '\(template.name)': \(error.localizedDescription)")
        }
    }
}
