package import Workflow

/// A mistake in a file.
package struct ProblemReport: Codable, Hashable, Sendable {
    package var severity: Problem.Severity
    package var file: String
    package var line: Int
    package var column: Int
    package var message: String

    package init(_ problem: Problem) {
        severity = problem.severity
        file = problem.file
        line = problem.line
        column = problem.column
        message = problem.message
    }

    /// `file:line:column: error: message`, as editors understand it.
    package var text: String { "\(file):\(line):\(column): \(severity.rawValue): \(message)" }
}
