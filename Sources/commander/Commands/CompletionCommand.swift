import ArgumentParser
import Console

/// `commander completion`.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print a script that makes a shell complete commander's commands, options and ids.",
        discussion: """
            Ids of DAGs, runs, tasks and nodes are asked of the database that --url or SWIFTFLOW_URL names, for a second at most.

            EXAMPLES:
              commander completion bash > ~/.local/share/bash-completion/completions/commander
              commander completion zsh > ~/.zfunc/_commander        (with fpath+=~/.zfunc before compinit)
              commander completion fish > ~/.config/fish/completions/commander.fish
            """)

    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash
        case zsh
        case fish

        var kind: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() throws { try Output.descriptor(1).write(CommanderCommand.completionScript(for: shell.kind) + "\n") }
}
