/// The one error of this library: what went wrong, in which flow and function, and what to do about it.
///
/// A cancelled run throws `CancellationError` instead.
public struct FlowError: Error, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable, Hashable, Codable {
        /// Mistakes in YAML or between definitions; ``FlowError/issues`` lists them all.
        case configuration
        /// A function or connector was registered twice.
        case duplicateName
        /// No configuration defines this flow.
        case unknownFlow
        /// The flow is defined but cannot run in this process, since functions or connectors are not registered or did not start.
        case unavailable
        /// A row does not decode to the type that a function takes; ``FlowError/row`` says which and why.
        case badRow
        /// A function threw; ``FlowError/underlying`` is what it threw.
        case functionFailed
        /// A parameter is missing or makes no sense.
        case parameter
        /// A function jumped to a name that is not in its flow.
        case unknownJumpTarget
        /// A run jumped more often than the flow allows.
        case jumpLimit
        /// A connector is missing, or could not load or save.
        case connector
        /// More of a function's rows were error rows than its `max_error_ratio` allows.
        case errorRatio
        /// A checkpoint does not fit the flow that it is given to.
        case checkpoint
    }

    public let kind: Kind
    public let message: String
    public internal(set) var flow: String?
    /// The function's name with its place in the flow.
    public internal(set) var function: String?
    public let row: BadRow?
    public let issues: [ConfigurationIssue]
    public let underlying: (any Error)?

    public init(_ kind: Kind, _ message: String, underlying: (any Error)? = nil) {
        self.init(kind, message, row: nil, issues: [], underlying: underlying)
    }

    init(issues: [ConfigurationIssue]) {
        self.init(.configuration, issues.map(\.description).joined(separator: "\n"), row: nil, issues: issues, underlying: nil)
    }

    /// - Parameter wanted: the name of the type that the row should have decoded to.
    public init(badRow row: BadRow, wanted: String? = nil) {
        self.init(.badRow, "\(row)\(wanted.map { " (wanted: \($0))" } ?? "")", row: row, issues: [], underlying: nil)
    }

    private init(_ kind: Kind, _ message: String, row: BadRow?, issues: [ConfigurationIssue], underlying: (any Error)?) {
        self.kind = kind
        self.message = message
        self.row = row
        self.issues = issues
        self.underlying = underlying
    }

    public var description: String {
        let place = [flow.map { "flow \($0)" }, function.map { "function \($0)" }].compactMap(\.self).joined(separator: ", ")
        return place.isEmpty ? message : "\(place): \(message)"
    }

    /// The same error, with flow and function filled in where it does not name any yet.
    func at(flow: String, function: String? = nil) -> FlowError {
        var error = self
        error.flow = error.flow ?? flow
        error.function = error.function ?? function
        return error
    }
}
