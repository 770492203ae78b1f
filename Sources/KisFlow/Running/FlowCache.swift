import Synchronization

/// Values that the functions of one run hand to each other beside the rows: tables to join with, handles, notes. Gone with the run.
public final class FlowCache: Sendable {
    private struct Entry {
        let value: any Sendable
        let deadline: Duration?
    }

    private let clock: FlowClock
    private let entries = Mutex<[String: Entry]>([:])

    init(clock: FlowClock) {
        self.clock = clock
    }

    /// Sets or replaces a value.
    ///
    /// - Parameter lifetime: how long it can be read; for the whole run when left out.
    public func set<Value: Sendable>(_ key: String, _ value: Value, lifetime: Duration? = nil) {
        let deadline = lifetime.map { clock.now() + $0 }
        entries.withLock { $0[key] = Entry(value: value, deadline: deadline) }
    }

    /// The value, or `nil` when it was never set, has expired, or has another type.
    public func value<Value: Sendable>(_ key: String, as type: Value.Type) -> Value? {
        guard let entry = entries.withLock({ $0[key] }) else { return nil }
        if let deadline = entry.deadline, clock.now() >= deadline { return nil }
        return entry.value as? Value
    }

    public func remove(_ key: String) {
        entries.withLock { $0[key] = nil }
    }
}
