import ArgumentParser
import Console

extension Failure {
    /// What the argument parser says about mistakes in the arguments; any other error says itself what it is.
    static func behind(_ error: any Error) -> Failure {
        guard CommanderCommand.exitCode(for: error) == .validationFailure else { return Failure(error) }
        let message = CommanderCommand.message(for: error)
        let full = CommanderCommand.fullMessage(for: error)
        let usage = full.hasPrefix("Error: \(message)\n") ? String(full.dropFirst("Error: \(message)\n".count)) : nil
        return Failure(.usage, message, usage: usage)
    }
}
