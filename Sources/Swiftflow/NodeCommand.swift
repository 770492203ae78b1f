public import ArgumentParser
import Engine
import Foundation
import KisFlow
import Logging
import ServiceLifecycle

/// The `node` command of a program: runs one node of a cluster until it is told to stop.
///
/// A worker of one's own is this command (and ``FlowCommand``) and a `Worker` that registers what it adds; see the example worker.
public struct NodeCommand<Program: WorkerProgram>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "node",
            abstract: "Run one node of a cluster until SIGTERM or Ctrl-C.",
            discussion: """
                Every setting can come from a flag, from the environment (SWIFTFLOW_URL, SWIFTFLOW_LEASE_TTL, …) or from a YAML file (--config), in that order.

                In the file a dot separates words: `lease: {ttl: 5s}` or `lease.ttl: 5s` for --lease-ttl.

                Exit codes: 0 stopped gracefully, 1 failed, 2 wrong usage, settings, URL or kind of server, 3 store not reachable, 4 the key is taken by a node that is alive, \
                6 not authorized.
                """)
    }

    @Option(help: "The store: mongodb://HOST[,HOST…]/[DATABASE]?replicaSet=NAME, or sqlite:PATH.") var url: String?
    @Option(help: "The node's name, unique in the cluster.") var key: String?
    @Option(help: "Directory of DAG files, kept current in the store while this node leads.") var dags: String?
    @Option(help: "Directory of KisFlow files (flow, func, conn).") var flows: String?
    @Option(help: "How long the node may be silent before it counts as dead (default 5s).") var leaseTtl: String?
    @Option(help: "How many runs the node owns at once (default 1000).") var capacity: String?
    @Option(help: "How many tasks it runs at once (default 256).") var concurrentTasks: String?
    @Option(help: "How many threads it has for work that blocks (default 16).") var blockingThreads: String?
    @Option(help: "How long running tasks may take to end on SIGTERM (default 20s).") var gracePeriod: String?
    @Option(help: "How often runs are looked for without having been told of any (default 15s).") var pollInterval: String?
    @Option(help: "trace, debug, info, notice, warning, error or critical (default info).") var logLevel: String?
    @Option(help: "How many tasks a DAG of --dags may have (default 100000).") var dagMaxTasks: String?
    @Option(help: "How many bytes a file of --dags may have (default 67108864).") var dagMaxBytes: String?
    @Option(help: "What DAGs and tasks can ask for (worker:), NAME=VALUE; may be given several times.") var label: [String] = []
    @Option(help: "How many tasks of an action it runs at once, ACTION=NUMBER; may be given several times.") var actionLimit: [String] = []
    @Option(help: "Whether a DAG whose file leaves --dags is stopped: true or false (default true).") var stopRemovedDags: String?
    @Option(help: "A YAML file with settings.") var config: String?

    public init() {}

    public func run() async throws {
        do { try await start() } catch {
            FileHandle.standardError.write(Data("\(Program.name): \(error)\n".utf8))
            throw ExitCode(NodeExit.code(of: error))
        }
    }

    private func start() async throws {
        let settings = try await NodeSettings.read(flags: flags, environment: ProcessInfo.processInfo.environment, file: config)
        guard let level = Logger.Level(rawValue: settings.logLevel) else {
            throw NodeError(
                "log.level is '\(settings.logLevel)', it must be one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        for directory in [settings.node.dagDirectory, settings.flowDirectory].compactMap({ $0 }) {
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue else {
                throw NodeError("the directory \(directory) is not there; --dags and --flows name directories of YAML files")
            }
        }
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        var logger = Logger(label: Program.name)
        logger.logLevel = level
        let setup = try WorkerSetup.make(Program.self, flowDirectory: settings.flowDirectory, logger: logger)
        let backend = try await Backend.connect(url: settings.url, logger: logger)
        let node = try Node(
            configuration: settings.node, store: backend.store, keeper: backend.keeper, registry: setup.actions, flows: setup.flows.names,
            logger: logger)
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    ServiceGroupConfiguration.ServiceConfiguration(
                        service: node, successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .cancelGroup)
                ],
                logger: logger))
        do { try await StopSignals(node: node, gracePeriod: settings.node.gracePeriod, logger: logger).run(services) } catch {
            await setup.flows.close()
            await backend.close()
            throw error
        }
        await setup.flows.close()
        await backend.close()
    }

    private var flags: [NodeSettings.Key: String] {
        let all: [NodeSettings.Key: String?] = [
            .url: url, .key: key, .dags: dags, .flows: flows, .leaseTTL: leaseTtl, .capacity: capacity, .concurrentTasks: concurrentTasks,
            .blockingThreads: blockingThreads, .gracePeriod: gracePeriod, .pollInterval: pollInterval, .logLevel: logLevel,
            .dagMaxTasks: dagMaxTasks, .dagMaxBytes: dagMaxBytes,
            .stopRemovedDags: stopRemovedDags, .labels: label.isEmpty ? nil : label.joined(separator: ","),
            .actionLimits: actionLimit.isEmpty ? nil : actionLimit.joined(separator: ","),
        ]
        return all.compactMapValues { $0 }
    }
}

/// Exit codes of the node command.
enum NodeExit {
    static func code(of error: any Error) -> Int32 {
        switch error {
        case let error as NodeError: error.isKeyTaken ? 4 : 2
        case let error as StoreError:
            switch error.kind {
            case .unavailable: 3
            case .unauthorized: 6
            case .misconfigured: 2
            case .malformed, .refused: 1
            }
        case is FlowError, is ActionError: 2
        default: 1
        }
    }
}
