import Workflow

/// A mistake in a file.
struct ProblemReport: Codable, Hashable, Sendable {
    var severity: Problem.Severity
    var file: String
    var line: Int
    var column: Int
    var message: String

    init(_ problem: Problem) {
        severity = problem.severity
        file = problem.file
        line = problem.line
        column = problem.column
        message = problem.message
    }

    /// `file:line:column: error: message`, as editors understand it.
    var text: String { "\(file):\(line):\(column): \(severity.rawValue): \(message)" }
}
