import ArgumentParser
import Console
import Engine
import Foundation
import KisFlow

extension Failure {
    /// The failure behind an error of a worker's own commands.
    static func ofProgram(_ error: any Error) -> Failure {
        switch error {
        case let error as NodeError: Failure(error.isKeyTaken ? .refused : .usage, error.description)
        case is FlowError, is ActionError: Failure(.usage, "\(error)")
        case is CancellationError: Failure(.interrupted, "interrupted")
        case let error as ValidationError: Failure(.usage, error.message)
        default: Failure(error)
        }
    }
}

extension NodeError {
    /// A folder that cannot be made or written.
    static func unusable(folder: String, _ error: any Error) -> NodeError {
        NodeError("the folder \(folder) cannot be used: \(error.localizedDescription); go to another folder, or name a store with --url")
    }
}

extension WorkerProgram {
    /// Does what a command is for, and turns whatever comes of it into words and an exit code.
    static func ending(_ terminal: Terminal, json: Bool = false, _ body: () async throws -> ExitStatus) async throws {
        let status: ExitStatus
        do { status = try await body() } catch is ClosedOutput { status = .closedOutput } catch {
            let failure = Failure.ofProgram(error)
            terminal.printError(json ? failure.json : failure.text(from: name))
            status = failure.status
        }
        if status != .success { throw ExitCode(status.rawValue) }
    }
}
