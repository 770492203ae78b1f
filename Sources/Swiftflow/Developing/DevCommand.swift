public import ArgumentParser
import Console
import Engine
import Foundation
import Logging
import ServiceLifecycle
import Workflow

/// The `dev` command of a program: a node, a leader and a store in this process, which keeps the DAGs of a folder current and shows the runs as they go.
public struct DevCommand<Program: WorkerProgram>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "dev", abstract: "Develop DAGs: a node, a leader and a store in this process, and a view of the runs.",
            discussion: """
                A DAG file that is written becomes current at once; one with mistakes is reported with file, line and column, and the version before it stays current. Runs are started from another terminal, with commander run. \
                On a terminal runs under way are drawn in place, and those that are over scroll away above, one line each; elsewhere each change is a line.

                Ctrl-C stops gracefully: running tasks may end within 20 s. A second one cancels them and hands their runs back; a third ends the process.

                EXAMPLES:
                  \(Program.name) dev
                  \(Program.name) dev --dags flows/dags --url sqlite:/tmp/try.db
                """)
    }

    @Option(help: "Directory of DAG files (default dags).", completion: .directory) var dags: String?
    @OptionGroup var options: DeveloperOptions

    public init() {}

    public func run() async throws {
        let screen = options.screen(Program.name)
        try await Program.ending(screen.terminal) {
            let session = DevSession(program: Program.name, directory: try directory(), place: options.place, screen: screen)
            try await session.run(Program.self, flowDirectory: try options.flowDirectory())
            return .success
        }
    }

    /// The folder of DAGs. Only a folder that is named, or is called `dags`, is watched: other folders have YAML files of all kinds.
    private func directory() throws -> String {
        if let dags, !DeveloperOptions.isFolder(dags) {
            throw NodeError("there is no directory '\(dags)'; make it, or name another with --dags")
        }
        guard let path = dags ?? (DeveloperOptions.isFolder("dags") ? "dags" : nil) else {
            throw NodeError(
                "there is no folder 'dags' here; name the folder of your DAG files with --dags DIR (--dags . for this one), or begin a project with swiftflow init NAME"
            )
        }
        return path
    }
}
