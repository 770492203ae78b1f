import ArgumentParser

/// `commander flow`: KisFlow files.
struct FlowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flow", abstract: "KisFlow files: validate, show. A worker's own `flow` command runs them.",
        discussion: """
            EXAMPLES:
              commander flow validate dags/kisflow
              commander flow show dags/kisflow FlightDelays
            """,
        subcommands: [FlowValidateCommand.self, FlowShowCommand.self])

    @OptionGroup var options: GlobalOptions
}
