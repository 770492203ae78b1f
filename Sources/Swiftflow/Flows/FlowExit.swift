import KisFlow

/// What the exit code of `flow` commands says to a script.
enum FlowExit: Int32, Sendable {
    case completed = 0
    case failed = 1
    case usage = 2
    case aborted = 3
    case endedEarly = 4
    case disabled = 5
    case interrupted = 130
    case closedOutput = 141

    static let table = """
        Exit codes: 0 completed, 1 failed (or a configuration with mistakes), 2 wrong usage, configuration or parameter, 3 aborted by a function, \
        4 ended early since a function gave no rows, 5 the flow is disabled, 130 interrupted, 141 nobody reads the output.
        """

    init(_ status: FlowResult.Status) {
        switch status {
        case .completed: self = .completed
        case .endedEarly: self = .endedEarly
        case .aborted: self = .aborted
        case .disabled: self = .disabled
        }
    }

    /// - Parameter isRunning: whether the flow had begun to run.
    init(_ error: any Error, isRunning: Bool) {
        switch error {
        case is CancellationError: self = .interrupted
        case is ClosedRowOutput: self = .closedOutput
        case let error as FlowError:
            let isUsage = [.configuration, .duplicateName, .unknownFlow, .unavailable, .parameter].contains(error.kind)
            self = isUsage || !isRunning ? .usage : .failed
        default: self = isRunning ? .failed : .usage
        }
    }
}
