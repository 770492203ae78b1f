import BSON
import MongoDriver
import Workflow

/// Every index beyond `_id`, with the query that needs it. Tasks and traces need none: their ids begin with the run's, so a run's documents are a range of `_id`.
enum Indexes {
    static let dagInstance: [IndexSpec] = [
        // Runs that a session owns (a node's poll), and all that are owned (the watchdog). Partial: what is finished costs nothing.
        IndexSpec(keys: ["session": 1, "_id": 1], name: "owned", partialFilter: ["session": ["$exists": true]]),
        // Runs to dispatch, oldest first, and `commander list --status`.
        IndexSpec(keys: ["status": 1, "createdAt": -1, "_id": -1], name: "status_createdAt_id"),
        // `commander list --dag`.
        IndexSpec(keys: ["dagId": 1, "createdAt": -1], name: "dagId_createdAt"),
        // `commander list`.
        IndexSpec(keys: ["createdAt": -1], name: "createdAt"),
    ]

    static let heartbeat: [IndexSpec] = [
        // Names that no node has had for a week are rubbish. It decides nothing: a node that lives renews every few seconds.
        IndexSpec(keys: ["expiresAt": 1], name: "rubbish", expireAfterSeconds: 7 * 24 * 3_600)
    ]

    static let mutex: [IndexSpec] = [
        // Locks that nobody has had for long are rubbish; a held one is extended all the time. Their tokens still grow afterwards: see `LockRecord`.
        IndexSpec(keys: ["expiresAt": 1], name: "rubbish", expireAfterSeconds: Int(LockRules.rubbishAfter.components.seconds))
    ]

    static func create(_ collections: Collections, on connection: borrowing Connection) throws {
        try connection.createIndexes(collections.dagInstance, dagInstance)
        try connection.createIndexes(collections.heartbeat, heartbeat)
        try connection.createIndexes(collections.mutex, mutex)
        for namespace in [collections.dag, collections.dagVersion, collections.taskInstance, collections.taskTrace, collections.election] {
            try connection.createCollection(namespace)
        }
    }
}
