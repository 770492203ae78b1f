import ArgumentParser
import Engine
import Workflow

/// Why commander ends without having done what it was asked, and what to do next.
struct Failure: Error, Sendable {
    var status: ExitStatus
    var message: String
    /// How to call commander, after a mistake in the arguments.
    var usage: String?
    /// Mistakes in files, each with its place.
    var problems: [ProblemReport]

    init(_ status: ExitStatus, _ message: String, usage: String? = nil, problems: [ProblemReport] = []) {
        self.status = status
        self.message = Redaction.withoutCredentials(message)
        self.usage = usage.map(Redaction.withoutCredentials)
        self.problems = problems
    }

    /// The failure behind any error.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as CommandError: self.init(Self.status(of: error), error.description)
        case let error as StoreError: self.init(Self.status(of: error), Self.message(of: error))
        default: self.init(parsing: error)
        }
    }

    private static func status(of error: CommandError) -> ExitStatus {
        switch error.kind {
        case .notFound: .notFound
        case .invalid: .usage
        case .refused: .refused
        case .timedOut: .timedOut
        }
    }

    private static func status(of error: StoreError) -> ExitStatus {
        switch error.kind {
        case .unavailable: .unreachable
        case .unauthorized: .unauthorized
        case .misconfigured: .usage
        case .malformed: .unreadable
        case .refused: .refused
        }
    }

    /// Stores say themselves what to do; what they cannot know is added.
    private static func message(of error: StoreError) -> String {
        let unknown = error.outcome == .unknown ? "; whether it was done is not known: look before you do it again" : ""
        let left = error.kind == .malformed ? "; commander leaves the document as it is" : ""
        return error.message + unknown + left
    }

    /// What the argument parser says, or an error of no known kind.
    private init(parsing error: any Error) {
        guard CommanderCommand.exitCode(for: error) == .validationFailure else {
            self.init(.unexpected, "\(error)")
            return
        }
        let message = CommanderCommand.message(for: error)
        let full = CommanderCommand.fullMessage(for: error)
        let usage = full.hasPrefix("Error: \(message)\n") ? String(full.dropFirst("Error: \(message)\n".count)) : nil
        self.init(.usage, message, usage: usage)
    }

    /// For people.
    var text: String {
        ([
            "commander: \(message)"
        ] + problems.map(\.text) + [usage].compactMap { $0 }).joined(separator: "\n") + "\n"
    }

    /// For scripts: one line.
    var json: String {
        JSONOutput.line(ErrorDocument(error: .init(code: status.rawValue, kind: status.name, message: message, problems: problems)))
    }

    private struct ErrorDocument: Encodable {
        var error: Content

        struct Content: Encodable {
            var code: Int32
            var kind: String
            var message: String
            var problems: [ProblemReport]
        }
    }
}
