import ArgumentParser
import Engine
import KisFlow
import Swiftflow

/// A worker of one's own: the stock node plus an action and the KisFlow functions of the examples.
@main
struct ExampleWorker: AsyncParsableCommand, WorkerProgram {
    static let name = "example-worker"

    static let configuration = CommandConfiguration(
        commandName: name, abstract: "A worker with the functions of the example DAGs.", subcommands: commands)

    static func main() async { await runProgram() }

    /// An action is a type, or as here a closure: fails when a text does not hold what it must.
    static func register(actions: inout ActionRegistry) throws {
        try actions.register("expect", parameters: Expectation.self) { context, expectation in
            guard expectation.text.contains(expectation.contains) else {
                throw ActionError("expected '\(expectation.contains)' in '\(expectation.text.prefix(200))'")
            }
            await context.trace("found '\(expectation.contains)'")
        }
    }

    struct Expectation: Codable, Sendable {
        var text: String
        var contains: String
    }

    static func register(functions: inout FlowRegistry) throws {
        try StudentFunctions.register(in: &functions)
        try FlightFunctions.register(in: &functions)
    }
}
