import ArgumentParser
import Engine
import Swiftflow

/// Measures Swiftflow beside what the same MongoDB does with the least writes that the same work needs, in one run.
@main
struct Benchmark: AsyncParsableCommand, WorkerProgram {
    static let name = "benchmark"

    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Measures Swiftflow beside the floor that its MongoDB sets.",
        subcommands: [RunCommand.self, NodeCommand<Benchmark>.self], defaultSubcommand: RunCommand.self)

    static func main() async { await runProgram() }

    static func register(actions: inout ActionRegistry) throws {
        try actions.register("noop") { _ in }
        // Leaves the time at which it ran, in nanoseconds of the machine's clock.
        try actions.register("stamp") { context in try context.setOutput(WallClock.nanoseconds) }
        try actions.register("hold", parameters: Hold.self) { _, hold in try await Task.sleep(for: .milliseconds(hold.milliseconds)) }
    }

    struct Hold: Codable, Sendable {
        var milliseconds: Int
    }
}
