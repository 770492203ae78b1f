import ArgumentParser
import Console

/// `commander`: applies definitions, starts runs and looks at them.
struct CommanderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commander",
        abstract: "Apply DAGs, start runs of them, steer them, and look at runs and nodes.",
        discussion: """
            A store is named by --url or by SWIFTFLOW_URL: mongodb://host:27017/swiftflow?replicaSet=rs0 or sqlite:PATH; otherwise it is ./.swiftflow/flow.db.
            On a terminal commander prints tables that fit it; elsewhere it prints plain text, and JSON with --json. Colours: see --no-color, NO_COLOR.

            \(ExitStatus.table)

            \(Topic.table)
            """,
        subcommands: [
            DagCommand.self, RunCommand.self, ListCommand.self, ShowCommand.self, WhyCommand.self, TraceCommand.self, RetryCommand.self,
            RerunCommand.self, CancelCommand.self, ContinueCommand.self, RejectCommand.self, PauseCommand.self, ResumeCommand.self,
            CommandsCommand.self, NodesCommand.self, DrainCommand.self, LocksCommand.self, PoolCommand.self, FlowCommand.self,
            ExportCommand.self, ImportCommand.self, CompletionCommand.self, ManualCommand.self,
        ])

    @OptionGroup var options: GlobalOptions
}

/// `commander dag`: definitions.
struct DagCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dag",
        abstract: "Definitions: apply, list, show, validate; their versions; pause and stop.",
        subcommands: [
            DagApplyCommand.self, DagListCommand.self, DagShowCommand.self, DagValidateCommand.self, DagHistoryCommand.self,
            DagDiffCommand.self, DagRollbackCommand.self, DagPauseCommand.self, DagResumeCommand.self, DagStopCommand.self,
            DagStartCommand.self,
        ])

    @OptionGroup var options: GlobalOptions
}
