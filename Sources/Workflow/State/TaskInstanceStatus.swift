/// Where a task of a run is in its life. The raw values are what the store keeps.
public enum TaskInstanceStatus: String, Codable, Sendable, CaseIterable {
    /// Its parents are not done yet.
    case `init`
    /// It may start, and waits for a free place on its node.
    case queued
    case running
    /// Run is done, RunAfter is not.
    case ending
    /// An attempt failed, and the next waits for its time.
    case retrying
    /// Its action waits for a time or for another run, without a place on any node.
    case parked
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
        case .`init`, .queued, .running, .ending, .retrying, .parked, .blocked, .`continue`: false
        }
    }

    /// Whether a document with this status tells that an attempt is not at work any more, so that all it said must be durable first.
    public var endsAttempt: Bool { isFinal || self == .retrying || self == .parked || self == .blocked || self == .ending }

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
        Transition(.`init`, .canceled, "cancel"),
        Transition(.queued, .canceled, "cancel"),
        Transition(.queued, .failed, "it waited too long for its start"),
        Transition(.running, .retrying, "the attempt failed, and its retry policy allows another"),
        Transition(.running, .parked, "its action waits for a time or for another run"),
        Transition(.running, .blocked, "its action asks somebody to continue it"),
        Transition(.ending, .retrying, "RunAfter failed, and its retry policy allows another attempt"),
        Transition(.ending, .canceled, "cancel"),
        Transition(.parked, .queued, "what it waited for has come"),
        Transition(.parked, .failed, "a time limit is over"),
        Transition(.parked, .canceled, "cancel"),
        Transition(.retrying, .queued, "its time has come"),
        Transition(.retrying, .failed, "a time limit is over"),
        Transition(.retrying, .canceled, "cancel"),
        Transition(.failed, .queued, "retry"),
        Transition(.canceled, .queued, "retry"),
        Transition(.success, .queued, "rerun"),
        Transition(.skipped, .queued, "rerun, or a retry above it"),
        Transition(.blocked, .failed, "reject, or a time limit is over"),
        Transition(.blocked, .`continue`, "continue"),
        Transition(.blocked, .canceled, "cancel"),
        Transition(.`continue`, .queued, "its parents are durable"),
    ]

    /// Whether the table allows the change.
    public func canBecome(_ next: TaskInstanceStatus) -> Bool {
        Self.transitions.contains { $0.from == self && $0.to == next }
    }
}
