import BSON
import MongoDriver
import Records
import Workflow

/// Every index beyond `_id`, with the query that needs it. Tasks and traces need none: their ids begin with the run's, so a run's documents are a range of `_id`.
enum Indexes {
    // Each is paid for by every run: with these, the three writes of a run that succeeds (insert, dispatch, end) cost the server a fifth more than with none.

    /// Runs that a session owns (a node's poll), and all that are owned (the watchdog). Partial: what is finished costs nothing.
    static let owned = IndexSpec(keys: ["session": 1, "_id": 1], name: "owned", partialFilter: ["session": ["$exists": true]])
    /// Runs to dispatch, oldest first, and `commander list` without a DAG; with one, for the statuses of runs that are not over.
    static let status = IndexSpec(keys: ["status": 1, "createdAt": -1, "_id": -1, "dagId": 1], name: "status_createdAt_id_dagId")
    /// `commander list --dag`.
    static let dagId = IndexSpec(keys: ["dagId": 1, "createdAt": -1, "_id": -1], name: "dagId_createdAt_id")
    /// `commander list --dag --status`, for the statuses that one looks for most. Partial, by a range, since MongoDB 5 takes no list there: what succeeds costs nothing.
    static let unhappy = IndexSpec(
        keys: ["dagId": 1, "status": 1, "createdAt": -1, "_id": -1], name: "dagId_unhappy",
        partialFilter: ["status": ["$lt": .string(DagInstanceStatus.`init`.rawValue)]])
    /// The statuses that `unhappy` has: those whose names come before `init`.
    static let unhappyStatuses = Set(DagInstanceStatus.allCases.filter { $0.rawValue < DagInstanceStatus.`init`.rawValue })

    // What follows costs only the runs that have what it is about, and these only while they wait.

    /// Runs to dispatch that have a priority, where there are more than a page.
    static let prioritised = IndexSpec(
        keys: ["priority": -1, "createdAt": 1, "_id": 1], name: "prioritised",
        partialFilter: ["status": .string(DagInstanceStatus.`init`.rawValue), "priority": ["$exists": true]])
    /// Runs that wait for a time: only those that nobody owns have one.
    static let wakeAt = IndexSpec(keys: ["wakeAt": 1, "_id": 1], name: "wakeAt", partialFilter: ["wakeAt": ["$exists": true]])

    /// Runs of a DAG that are parked, those that have started apart from those that have not.
    static let parked = IndexSpec(
        keys: ["dagId": 1, "runEpoch": 1, "_id": 1], name: "parked_dagId",
        partialFilter: ["status": .string(DagInstanceStatus.parked.rawValue)])

    static let dagInstance = [owned, status, dagId, unhappy, prioritised, wakeAt, parked]

    /// Definitions that are paused.
    static let pausedDags = IndexSpec(keys: ["_id": 1, "isPaused": 1], name: "paused", partialFilter: ["isPaused": true])
    static let dag = [pausedDags]

    /// Commands that are not settled, oldest first: for the leader, and, by run, for the run's owner.
    static let openCommands = IndexSpec(keys: ["at": 1, "_id": 1], name: "open_at_id", partialFilter: ["open": true])
    static let openCommandsOfRun = IndexSpec(
        keys: ["run": 1, "at": 1, "_id": 1, "open": 1], name: "open_run_at_id", partialFilter: ["open": true])
    /// What a run was told.
    static let commandsOfRun = IndexSpec(keys: ["run": 1, "at": 1, "_id": 1], name: "run_at_id")

    static let message = [
        openCommands, openCommandsOfRun, commandsOfRun,
        // What is settled can be read for 30 days. Its expiry decides nothing: one that is not settled does not expire.
        IndexSpec(keys: ["settledAt": 1], name: "rubbish", expireAfterSeconds: 30 * 24 * 3_600),
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
        try connection.createIndexes(collections.dag, dag)
        try connection.createIndexes(collections.dagInstance, dagInstance)
        try connection.createIndexes(collections.message, message)
        try connection.createIndexes(collections.heartbeat, heartbeat)
        try connection.createIndexes(collections.mutex, mutex)
        for namespace in [
            collections.dagVersion, collections.dagChunk, collections.dagHistory, collections.pool, collections.taskInstance,
            collections.taskTrace,
            collections.election,
        ] {
            try connection.createCollection(namespace)
        }
    }
}
