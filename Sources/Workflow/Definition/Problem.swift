/// A mistake in a file, or something there that is worth a second look.
public struct Problem: Hashable, Sendable {
    public var severity: Severity
    /// The file as it was named to the parser.
    public var file: String
    /// Line, from 1.
    public var line: Int
    /// Column, from 1, in Unicode scalars.
    public var column: Int
    /// What is wrong and what to do.
    public var message: String

    public init(severity: Severity, file: String, line: Int, column: Int, message: String) {
        self.severity = severity
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }

    public enum Severity: String, Hashable, Sendable, Codable {
        /// The definition cannot be used.
        case error
        /// It can, but does perhaps not what was meant.
        case warning
    }
}

extension Problem: CustomStringConvertible {
    /// `file:line:column: error: message`, as editors understand it.
    public var description: String { "\(file):\(line):\(column): \(severity.rawValue): \(message)" }
}
