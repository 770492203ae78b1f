import Engine
import Workflow

/// Why a program ends without having done what it was asked, and what to do next.
package struct Failure: Error, Sendable {
    package var status: ExitStatus
    package var message: String
    /// How to call it, after a mistake in the arguments.
    package var usage: String?
    /// Mistakes in files, each with its place.
    package var problems: [ProblemReport]

    package init(_ status: ExitStatus, _ message: String, usage: String? = nil, problems: [ProblemReport] = []) {
        self.status = status
        self.message = Redaction.withoutCredentials(message)
        self.usage = usage.map(Redaction.withoutCredentials)
        self.problems = problems
    }

    /// The failure behind any error; one of no known kind is `unexpected`.
    package init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as CommandError: self.init(Self.status(of: error), error.description)
        case let error as StoreError: self.init(Self.status(of: error), Self.message(of: error))
        default: self.init(.unexpected, "\(error)")
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
        let left = error.kind == .malformed ? "; the document is left as it is" : ""
        return error.message + unknown + left
    }

    /// For people.
    package func text(from program: String) -> String {
        ([
            "\(program): \(message)"
        ] + problems.map(\.text) + [usage].compactMap { $0 }).joined(separator: "\n") + "\n"
    }

    /// For scripts: one line.
    package var json: String {
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
