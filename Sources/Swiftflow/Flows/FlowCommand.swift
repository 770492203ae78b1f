public import ArgumentParser

/// The `flow` command of a program: runs and looks at flows in this process, with the program's own functions, without any database.
public struct FlowCommand<Program: WorkerProgram>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "flow", abstract: "Run, check and show flows of this program, without a database.",
            discussion: """
                A folder of KisFlow files is named by --flows or by SWIFTFLOW_FLOWS.

                EXAMPLES:
                  \(Program.name) flow run Orders --flows flows --input orders.jsonl --output -
                  \(Program.name) flow list --flows flows
                  \(Program.name) flow validate flows --strict
                """,
            subcommands: [
                FlowRunCommand<Program>.self, FlowListCommand<Program>.self, FlowValidateCommand<Program>.self,
                FlowShowCommand<Program>.self,
            ])
    }

    public init() {}
}
