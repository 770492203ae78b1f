public import ArgumentParser
import Console
import Engine
public import Workflow

/// `commander list`.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List runs, the newest first.",
        discussion: """
            Where there are more, the last line says how to go on (--after PLACE); with --json it is the member 'next'. Runs that tasks of other runs have started are left \
            out without --all.

            EXAMPLES:
              commander list --dag flights --status failed --status canceled
              commander list --status parked --limit 1000 --json
            """)

    @OptionGroup var options: GlobalOptions

    @Option(help: "Only runs of this DAG.", completion: StoreCompletion.dags)
    var dag: String?

    @Option(help: "Only runs in this status; may be given more than once.")
    var status: [DagInstanceStatus] = []

    @Option(help: "How many at most, up to 1000.")
    var limit = 50

    @Option(help: ArgumentHelp("Go on where a list before has ended.", valueName: "place"))
    var after: String?

    @Flag(help: "Runs that tasks of other runs have started too.")
    var all = false

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000") }
    }

    func run() async throws {
        let page = try await options.connected { try await $0.commander.list(query, withChildren: all) }
        let terminal = options.terminal
        try terminal.show(RunListReport(page), json: options.json)
        for document in page.unreadable where !options.json {
            terminal.printError("commander: left out: '\(document.id)' in \(document.collection) cannot be read: \(document.problem)\n")
        }
    }

    private var query: InstanceQuery { InstanceQuery(dagId: dag, statuses: Set(status), after: after, limit: limit) }
}

extension DagInstanceStatus: ExpressibleByArgument {}
