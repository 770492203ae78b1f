public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Where a definition comes from that nobody applied by hand: the file that keeps it current.
public struct DagOrigin: Codable, Hashable, Sendable {
    /// The directory that is watched, as its node names it.
    public var directory: String
    /// The file in it; empty where it was removed, which stopped the DAG and lets any directory take it over.
    public var file: String

    public init(directory: String, file: String) {
        self.directory = directory
        self.file = file
    }
}

/// What is said of a DAG beside its definition: it holds whatever version is current.
public struct DagState: Codable, Hashable, Sendable {
    /// Whether new runs may be submitted.
    public var status: Dag.Status
    /// Whether no new run starts; those that are submitted wait.
    public var isPaused: Bool
    /// The file that keeps it current; `nil` where it was applied by hand.
    public var origin: DagOrigin?

    public init(status: Dag.Status = .normal, isPaused: Bool = false, origin: DagOrigin? = nil) {
        self.status = status
        self.isPaused = isPaused
        self.origin = origin
    }
}

/// One step in the life of a DAG: from when on which version was current, and in which state.
public struct DagRevision: Codable, Hashable, Sendable {
    public var version: String
    /// Grows by one at each change.
    public var revision: Int64
    /// Where the definition came from: a file, or who applied it.
    public var source: String
    public var state: DagState
    /// When it became current.
    public var at: Date

    public init(version: String, revision: Int64, source: String, state: DagState, at: Date) {
        self.version = version
        self.revision = revision
        self.source = source
        self.state = state
        self.at = at
    }
}

/// A number of slots that the whole cluster shares. Who has one holds the lock `pool:<name>:<number>`, so slots are counted from live leases and cannot leak.
public struct Pool: Codable, Hashable, Sendable {
    public var name: String
    public var slots: Int

    public init(name: String, slots: Int) {
        self.name = name
        self.slots = slots
    }
}
