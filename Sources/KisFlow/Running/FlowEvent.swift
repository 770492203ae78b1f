/// What is told about a run while it goes on.
public enum FlowEvent: Sendable {
    case functionStarted(name: String, mode: FunctionMode, rows: Int)
    /// What the function did in this call; the description is one line for a trace.
    case functionFinished(FunctionReport)
    /// The function threw and is tried again; `attempt` is the one that comes, counted from 1.
    case functionRetried(name: String, attempt: Int, error: String)
    /// How far a stream has come; at most once a second.
    case progress(FlowProgress)
    /// A function has something to say (``FlowContext/trace(_:)``).
    case message(function: String, text: String)
}

public typealias FlowObserver = @Sendable (FlowEvent) -> Void

extension FlowEvent: CustomStringConvertible {
    /// One line for a person.
    public var description: String {
        switch self {
        case .functionStarted(let name, let mode, let rows): "\(name) (\(mode.rawValue)) starts with \(rows) rows"
        case .functionFinished(let report): report.description
        case .functionRetried(let name, let attempt, let error): "\(name) is tried again (attempt \(attempt)): \(error)"
        case .progress(let progress): progress.description
        case .message(let function, let text): "\(function): \(text)"
        }
    }
}
