import KisFlow

/// What was found in a folder of KisFlow files; what `flow validate` prints, in commander too.
package struct FlowCheckReport: Encodable, Sendable {
    package enum Severity: String, Encodable, Sendable {
        case error, warning
    }

    package struct Problem: Encodable, Sendable {
        package let severity: Severity
        package let file: String?
        package let line: Int?
        package let column: Int?
        package let message: String

        init(_ issue: ConfigurationIssue, _ severity: Severity) {
            self.severity = severity
            file = issue.file
            line = issue.line
            column = issue.column
            message = issue.message
        }

        /// `file:line:column: error: message`, as editors understand it.
        var text: String {
            let place = [file, line.map(String.init), column.map(String.init)].compactMap(\.self).joined(separator: ":")
            return "\(place.isEmpty ? "" : "\(place): ")\(severity.rawValue): \(message)"
        }
    }

    package struct Line: Sendable {
        package let text: String
        /// `nil` for what is neither an error nor a warning.
        package let severity: Severity?
    }

    package let directory: String
    package let isValid: Bool
    package let flows: Int
    package let functions: Int
    package let connectors: Int
    package let problems: [Problem]

    /// - Parameter strict: whether warnings count as errors.
    package init(directory: String, strict: Bool) throws(FlowReadError) {
        do {
            self.init(directory, try FlowCheck(directory: directory), strict: strict)
        } catch {
            throw FlowReadError(description: "\(error)")
        }
    }

    init(_ directory: String, _ check: FlowCheck, strict: Bool) {
        self.directory = directory
        (flows, functions, connectors) = check.counts
        let all = check.errors.map { Problem($0, .error) } + check.warnings.map { Problem($0, strict ? .error : .warning) }
        problems = all.sorted { ($0.file ?? "", $0.line ?? 0) < ($1.file ?? "", $1.line ?? 0) }
        isValid = problems.allSatisfy { $0.severity == .warning }
    }

    package var lines: [Line] {
        problems.map { Line(text: FlowText.printable($0.text), severity: $0.severity) } + [Line(text: summary, severity: nil)]
    }

    private var summary: String {
        let errors = problems.count { $0.severity == .error }
        let found = [errors == 0 ? "valid" : FlowText.count(errors, "error")] + warnings
        let things = [FlowText.count(flows, "flow"), FlowText.count(functions, "function"), FlowText.count(connectors, "connector")]
        return "\(directory): \(found.joined(separator: ", ")): \(things.joined(separator: ", "))"
    }

    private var warnings: [String] {
        let number = problems.count { $0.severity == .warning }
        return number == 0 ? [] : [FlowText.count(number, "warning")]
    }
}

/// A folder of flows that cannot be read, or has no such flow.
package struct FlowReadError: Error, CustomStringConvertible {
    package let description: String
}
