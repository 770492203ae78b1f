/// What the exit code says to a script. These numbers are a promise: the help of the commands has them.
package enum ExitStatus: Int32, CaseIterable, Sendable {
    case success = 0
    case failed = 1
    case usage = 2
    case unreachable = 3
    case notFound = 4
    case refused = 5
    case unauthorized = 6
    case unreadable = 7
    case timedOut = 8
    case unexpected = 70
    case interrupted = 130
    case closedOutput = 141

    /// One line for the help.
    package var meaning: String {
        switch self {
        case .success: "success"
        case .failed: "the run waited for did not succeed; a validated file has errors"
        case .usage: "bad arguments or input: an unknown variable, a bad file or URL"
        case .unreachable: "the database cannot be reached"
        case .notFound: "there is no such DAG, version, run, task or lock"
        case .refused:
            "refused: a command does not apply, the id belongs to another run, the DAG is stopped, too many runs wait, a lock has changed hands"
        case .unauthorized: "the database does not know the user, or does not let it do this"
        case .unreadable: "a document in the store cannot be read"
        case .timedOut: "not done in the time that it was waited for; it may be done later"
        case .unexpected: "an error that has no code of its own"
        case .interrupted: "interrupted (Ctrl-C); a run that was started goes on"
        case .closedOutput: "nobody reads the output any more"
        }
    }

    /// The word for it in JSON errors.
    package var name: String {
        switch self {
        case .success: "success"
        case .failed: "failed"
        case .usage: "usage"
        case .unreachable: "unreachable"
        case .notFound: "notFound"
        case .refused: "refused"
        case .unauthorized: "unauthorized"
        case .unreadable: "unreadable"
        case .timedOut: "timedOut"
        case .unexpected: "unexpected"
        case .interrupted: "interrupted"
        case .closedOutput: "closedOutput"
        }
    }

    /// The table of all codes, for the help.
    package static var table: String {
        let rows = allCases.map { status in
            let code = String(status.rawValue)
            return "  " + code + String(repeating: " ", count: 5 - code.count) + status.meaning
        }
        return (["EXIT CODES:"] + rows).joined(separator: "\n")
    }
}
