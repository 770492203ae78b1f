import Synchronization

/// Notes by name that belong to a run, to a function of a run, or to a connector. Safe to use from anywhere at once.
public final class Metadata: Sendable {
    private let values = Mutex<[String: any Sendable]>([:])

    public init() {}

    /// Sets or replaces a note.
    public func set<Value: Sendable>(_ key: String, _ value: Value) {
        values.withLock { $0[key] = value }
    }

    /// The note, or `nil` when it was never set or has another type.
    public func value<Value: Sendable>(_ key: String, as type: Value.Type) -> Value? {
        values.withLock { $0[key] } as? Value
    }

    public func remove(_ key: String) {
        values.withLock { $0[key] = nil }
    }

    public var keys: [String] { values.withLock { $0.keys.sorted() } }
}
