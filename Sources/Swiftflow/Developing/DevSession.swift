import Console
import Engine
import Foundation
import Logging
import ServiceLifecycle
import Workflow

/// One stay of `dev`: from opening the store to the end of the node.
struct DevSession: Sendable {
    let program: String
    let directory: String
    let place: StorePlace
    let screen: Screen

    /// The key of the node: one `dev` for each store, since only the leader watches its folder.
    static let key = "dev"

    /// Works until it is told to stop.
    func run<Program: WorkerProgram>(_: Program.Type, flowDirectory: String?) async throws {
        let setup = try WorkerSetup.make(Program.self, flowDirectory: flowDirectory, logger: Logger(label: program))
        var configuration = NodeConfiguration(key: Self.key, dagDirectory: URL(filePath: directory).standardizedFileURL.path)
        configuration.dagWatchInterval = .milliseconds(100)
        let developer = try await DeveloperNode.open(Program.self, setup, place, configuration)
        let outcome: Result<Void, any Error>
        do {
            let dags = try await applyAll(developer, setup.actions, configuration)
            let beginning = DevText.beginning(program: program, directory: directory, place: place, dags: dags, screen.terminal.layout)
            outcome = .success(try await work(developer, configuration, beginning))
        } catch let error as NodeError where error.isKeyTaken {
            outcome = .failure(Failure(.refused, DevText.alreadyAtWork(error, place)))
        } catch { outcome = .failure(error) }
        await developer.close()
        try outcome.get()
    }

    private func work(_ developer: DeveloperNode, _ configuration: NodeConfiguration, _ beginning: String) async throws {
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    ServiceGroupConfiguration.ServiceConfiguration(
                        service: developer.node, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .cancelGroup)
                ],
                logger: Logger(label: program)))
        let signals = StopSignals(node: developer.node, gracePeriod: configuration.gracePeriod, logger: Logger(label: program)) {
            [screen] count in
            if count == 1 { screen.complain("stopping: running tasks may end; Ctrl-C again cancels them\n") }
        }
        let watch = DevWatch(
            commander: developer.commander, screen: screen, news: News(developer.node.events()),
            folder: FileManager.default.currentDirectoryPath + "/", beginning: beginning)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await signals.run(services) }
            group.addTask { try await watch.run() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// What the files say now is what holds, also where they went back to an earlier version while nobody watched. Mistakes are reported when the node looks.
    /// - Returns: the ids of the DAGs.
    private func applyAll(_ developer: DeveloperNode, _ actions: ActionRegistry, _ configuration: NodeConfiguration) async throws
        -> [String]
    {
        guard let folder = configuration.dagDirectory else { return [] }
        let files = DagFile.readAll(folder, known: KnownActions(builtIn: Set(actions.names)))
        let definitions = try files.compactMap { file in
            try file.dag.map { dag in
                let name = URL(filePath: file.path).lastPathComponent
                return NewDefinition(
                    dag: dag, version: try dag.contentVersion(), source: name, origin: DagOrigin(directory: folder, file: name))
            }
        }
        // What is refused is refused again, and said, when the node looks.
        if !definitions.isEmpty { _ = try await developer.commander.apply(definitions) }
        return definitions.map(\.dag.id)
    }
}
