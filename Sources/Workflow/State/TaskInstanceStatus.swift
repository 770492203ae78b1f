/// Where a task of a run is in its life. The raw values are what the store keeps.
public enum TaskInstanceStatus: String, Codable, Sendable, CaseIterable {
    /// Its parents are not done yet.
    case `init`
    /// It may start, and waits for a free place on its node.
    case queued
    case running
    /// Run is done, RunAfter is not.
    case ending
    case retrying
    case success
    case failed
    case canceled
    case skipped
    /// It waits for somebody to continue it.
    case blocked
    /// It was blocked and has been continued.
    case `continue`

    /// Whether the task is over (a command may revive it).
    public var isFinal: Bool {
        switch self {
        case .success, .failed, .canceled, .skipped: true
        case .`init`, .queued, .running, .ending, .retrying, .blocked, .`continue`: false
        }
    }

    /// Whether tasks that depend on this one may start.
    public var letsChildrenStart: Bool { self == .success || self == .skipped }

    /// Every legal change of status, and why it happens.
    public static let transitions: [Transition<TaskInstanceStatus>] = [
        Transition(.`init`, .queued, "its parents are durable"),
        Transition(.`init`, .skipped, "a preCheck holds"),
        Transition(.`init`, .blocked, "a preCheck holds"),
        Transition(.`init`, .failed, "its parameters cannot be rendered"),
        Transition(.queued, .running, "it got a place"),
        Transition(.queued, .`init`, "hand-back"),
        Transition(.running, .success, "the action returned"),
        Transition(.running, .failed, "the action threw, or took too long"),
        Transition(.running, .canceled, "cancel"),
        Transition(.running, .queued, "its worker was lost: another attempt"),
        Transition(.running, .ending, "Run is done"),
        Transition(.ending, .success, "RunAfter is done"),
        Transition(.ending, .failed, "RunAfter threw"),
        Transition(.failed, .retrying, "retry"),
        Transition(.canceled, .retrying, "retry"),
        Transition(.retrying, .queued, "RetryBefore is done"),
        Transition(.blocked, .`continue`, "continue"),
        Transition(.blocked, .canceled, "cancel"),
        Transition(.`continue`, .queued, "its parents are durable"),
    ]

    /// Whether the table allows the change.
    public func canBecome(_ next: TaskInstanceStatus) -> Bool {
        Self.transitions.contains { $0.from == self && $0.to == next }
    }
}
