import ArgumentParser
import Console
import Engine
import Logging
import Swiftflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Options that every command has.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The store: mongodb://host:27017/name?replicaSet=rs0 or sqlite:PATH; where it is not given SWIFTFLOW_URL, or else ./.swiftflow/flow.db if that is there.",
            valueName: "url")
    )
    var url: String?

    @Flag(help: "Print one JSON document (with --watch or --follow one object a line), errors too.")
    var json = false

    @Flag(name: .customLong("no-color"), help: "No colours. A NO_COLOR that is not empty, TERM=dumb and a pipe say the same.")
    var noColor = false

    /// Where this process prints.
    var terminal: Terminal { .standard(program: "commander", noColor: noColor) }

    /// What this process may draw with.
    var glyphs: Glyphs { .fitting(ProcessInfo.processInfo.environment) }

    /// The store's URL.
    /// - Throws: `Failure` if there is none.
    func databaseURL(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> String {
        guard let url = Self.named(url, environment) else {
            throw Failure(
                .usage,
                "no store is named; give --url (mongodb://host:27017/name?replicaSet=rs0 or sqlite:PATH) or set SWIFTFLOW_URL, or go where `swiftflow dev` was started"
            )
        }
        return url
    }

    /// What is given, else what the environment says, else the file that `dev` and `run` make in the working directory, if it is there.
    static func named(_ url: String?, _ environment: [String: String]) -> String? {
        let candidates = [url, environment["SWIFTFLOW_URL"]].compactMap { $0 }.filter { !$0.isEmpty }
        let file = String(Backend.embeddedURL.dropFirst("sqlite:".count))
        return candidates.first ?? (FileManager.default.fileExists(atPath: file) ? Backend.embeddedURL : nil)
    }

    /// Says on standard error what is wrong in the store; what keeps a command from being done is thrown.
    private static var logger: Logger {
        var logger = Logger(label: "commander")
        logger.logLevel = .error
        return logger
    }

    /// Connects and does something with the cluster.
    ///
    /// The backend is not closed: the process ends right after, which ends the connections, while closing would wait up to half a second for the driver's monitor threads.
    func connected<Result>(
        maxWaitingRuns: Int = Commander.defaultMaxWaitingRuns, createsStore: Bool = false, _ body: (Connection) async throws -> Result
    ) async throws -> Result {
        let backend = try await Backend.connect(url: try databaseURL(), creating: createsStore, logger: Self.logger)
        let commander = Commander(store: backend.store, keeper: backend.keeper, maxWaitingRuns: maxWaitingRuns)
        return try await body(Connection(commander: commander, store: backend.store))
    }
}

/// A cluster to talk to.
struct Connection: Sendable {
    let commander: Commander
    let store: any Store
}
