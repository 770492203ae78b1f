public import ArgumentParser
public import Engine
import Foundation
public import KisFlow

/// A program whose `node` command runs nodes: what it adds to the built-in actions, functions and connectors.
public protocol WorkerProgram: Sendable {
    /// The program's name in messages and logs.
    static var name: String { get }
    /// Adds actions of one's own.
    static func register(actions: inout ActionRegistry) throws
    /// Adds KisFlow functions and connectors of one's own; the ready connectors are there already.
    static func register(functions: inout FlowRegistry) throws
}

extension WorkerProgram where Self: AsyncParsableCommand {
    /// What the program's `main` does: runs the command that the arguments name. Wrong usage is said in one line after the program's name and ends with exit code 2, help with 0.
    public static func runProgram() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch let code as ExitCode {
            exit(withError: code)
        } catch {
            guard exitCode(for: error) != .success else { exit(withError: error) }
            FileHandle.standardError.write(Data("\(name): \(message(for: error)); see \(name) --help\n".utf8))
            exit(withError: ExitCode(2))
        }
    }
}

extension WorkerProgram {
    /// The commands that every worker has: `node`, `dev`, `run` and `flow`.
    public static var commands: [any ParsableCommand.Type] {
        [
            NodeCommand<Self>.self, DevCommand<Self>.self, RunFileCommand<Self>.self, FlowCommand<Self>.self,
        ]
    }

    public static func register(actions: inout ActionRegistry) throws {}
    public static func register(functions: inout FlowRegistry) throws {}
}
