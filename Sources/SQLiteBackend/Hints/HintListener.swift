import Engine

/// Who listens to hints.
enum HintListener: Sendable, Hashable {
    case leader
    case session(String)

    /// Whether a hint is for this listener.
    func isConcerned(by hint: Hint) -> Bool {
        switch (hint, self) {
        case (.assigned(let wanted, _), .session(let session)), (.commanded(let wanted, _), .session(let session)): wanted == session
        case (_, .leader): hint.isForLeader
        case (_, .session): !hint.isForLeader
        }
    }

    /// What is said where hints may have been missed: look at everything.
    var everything: [Hint] {
        switch self {
        case .leader: [.nodesChanged, .dispatch, .commands]
        case .session(let session): [.assigned(session: session), .commanded(session: session), .unlocked(key: nil)]
        }
    }
}
