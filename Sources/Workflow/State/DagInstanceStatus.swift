/// Where a run is in its life. The raw values are what the store keeps.
public enum DagInstanceStatus: String, Codable, Sendable, CaseIterable {
    /// Submitted, or handed back by a node that stops; owned by nobody.
    case `init`
    /// Given to a node that has not said yet that it took it.
    case scheduled
    case running
    /// Nothing more can run until somebody continues a blocked task; owned by nobody.
    case blocked
    /// Nothing runs, and something waits for a time or for another run (or the run is paused); owned by nobody.
    case parked
    case success
    case failed
    case canceled

    /// Whether the run is over (a command may revive it).
    public var isFinal: Bool { self == .success || self == .failed || self == .canceled }

    /// Whether exactly one session owns an instance in this status.
    public var isOwned: Bool { self == .scheduled || self == .running }

    /// Every legal change of status, and why it happens.
    public static let transitions: [Transition<DagInstanceStatus>] = [
        Transition(.`init`, .scheduled, "dispatch"),
        Transition(.`init`, .canceled, "cancel"),
        Transition(.`init`, .parked, "it is paused while it waits for an owner"),
        Transition(.scheduled, .scheduled, "the watchdog moves it from a dead node"),
        Transition(.scheduled, .running, "its node took it"),
        Transition(.scheduled, .`init`, "hand-back"),
        Transition(.scheduled, .success, "it ended before running was recorded"),
        Transition(.scheduled, .failed, "it ended before running was recorded"),
        Transition(.scheduled, .canceled, "it ended before running was recorded"),
        Transition(.scheduled, .blocked, "it was blocked before running was recorded"),
        Transition(.running, .scheduled, "the watchdog moves it from a dead node"),
        Transition(.running, .running, "its owner took it anew"),
        Transition(.running, .`init`, "hand-back"),
        Transition(.running, .success, "all tasks succeeded or were skipped"),
        Transition(.running, .failed, "a task failed and nothing more can run"),
        Transition(.running, .canceled, "cancel"),
        Transition(.running, .blocked, "a task is blocked and nothing more can run"),
        Transition(.running, .parked, "only waits are left, or it is paused"),
        Transition(.scheduled, .parked, "only waits are left, or it is paused"),
        Transition(.parked, .scheduled, "its time has come"),
        Transition(.parked, .`init`, "a command waits for an owner"),
        Transition(.parked, .canceled, "cancel"),
        Transition(.`init`, .failed, "it waited too long for its start"),
        Transition(.blocked, .scheduled, "its time has come"),
        Transition(.blocked, .`init`, "continue, or another command that waits for an owner"),
        Transition(.blocked, .canceled, "cancel"),
        Transition(.failed, .`init`, "retry: a command that waits for an owner"),
        Transition(.canceled, .`init`, "retry: a command that waits for an owner"),
        Transition(.success, .`init`, "rerun: a command that waits for an owner"),
    ]
}

/// One legal change of status.
public struct Transition<Status: Hashable & Sendable>: Hashable, Sendable {
    public let from: Status
    public let to: Status
    /// What brings it about, for people.
    public let cause: String

    init(_ from: Status, _ to: Status, _ cause: String) {
        self.from = from
        self.to = to
        self.cause = cause
    }
}

extension DagInstanceStatus {
    /// Whether the table allows the change.
    public func canBecome(_ next: DagInstanceStatus) -> Bool {
        Self.transitions.contains { $0.from == self && $0.to == next }
    }
}
