import ArgumentParser
import Swiftflow

/// The stock node: built-in actions and the ready KisFlow connectors, nothing of one's own.
@main
struct SwiftflowProgram: AsyncParsableCommand, WorkerProgram {
    static let name = "swiftflow"

    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Swiftflow: a distributed DAG workflow scheduler.", subcommands: commands + [InitCommand<Self>.self])

    static func main() async { await runProgram() }
}
