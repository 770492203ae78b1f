import ArgumentParser
import Console
import Engine
import Workflow

/// `commander dag rollback`.
struct DagRollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Make an earlier version the current one.",
        discussion: """
            Runs that are under way keep the version that they began with. Where a directory keeps the DAG current, the next change of its file applies again.

            EXAMPLES:
              commander dag rollback flights 0a1b2c
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The DAG's id.", completion: StoreCompletion.dags)
    var id: String

    @Argument(help: "The version, or its first characters, at least four.")
    var version: String

    func run() async throws {
        let outcome = try await options.connected { try await $0.commander.rollback(id, to: version) }
        var report = ApplyReport(problems: [])
        report.add(outcome)
        try options.terminal.show(report, json: options.json)
    }
}

/// `commander dag pause`.
struct DagPauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Let no new run of a DAG start; those that are submitted wait.",
        discussion: """
            Runs under way go on; one run is paused by commander pause.

            EXAMPLES:
              commander dag pause flights
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The DAG's id.", completion: StoreCompletion.dags) var id: String

    func run() async throws { try await options.show { try await $0.setPaused(true, dag: id) } }
}

/// `commander dag resume`.
struct DagResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let new runs of a paused DAG start again.",
        discussion: """
            EXAMPLES:
              commander dag resume flights
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The DAG's id.", completion: StoreCompletion.dags) var id: String

    func run() async throws { try await options.show { try await $0.setPaused(false, dag: id) } }
}

/// `commander dag stop`.
struct DagStopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Let no new run of a DAG be submitted.",
        discussion: """
            Runs that are there go on, those that wait too.

            EXAMPLES:
              commander dag stop flights
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The DAG's id.", completion: StoreCompletion.dags) var id: String

    func run() async throws { try await options.show { try await $0.setStatus(.stopped, dag: id) } }
}

/// `commander dag start`.
struct DagStartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Let new runs of a stopped DAG be submitted again.",
        discussion: """
            EXAMPLES:
              commander dag start flights
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The DAG's id.", completion: StoreCompletion.dags) var id: String

    func run() async throws { try await options.show { try await $0.setStatus(.normal, dag: id) } }
}

extension GlobalOptions {
    /// Changes what is said of a DAG, and shows what holds now.
    fileprivate func show(_ change: (Commander) async throws -> DagRecord) async throws {
        let record = try await connected { try await change($0.commander) }
        try terminal.show(DagStateReport(record), json: json)
    }
}
