import MongoDriver

/// Where each kind of document is kept.
struct Collections: Sendable {
    let dag: Namespace
    let dagVersion: Namespace
    /// Pieces of versions that are too large for one document.
    let dagChunk: Namespace
    /// What was current before what is current.
    let dagHistory: Namespace
    let pool: Namespace
    let dagInstance: Namespace
    let taskInstance: Namespace
    let taskTrace: Namespace
    /// Commands.
    let message: Namespace
    let heartbeat: Namespace
    let election: Namespace
    let mutex: Namespace
    let signal: Namespace

    init(database: String, prefix: String) {
        func namespace(_ name: String) -> Namespace { Namespace(database, prefix + name) }
        dag = namespace("dag")
        dagVersion = namespace("dag_version")
        dagChunk = namespace("dag_chunk")
        dagHistory = namespace("dag_history")
        pool = namespace("pool")
        dagInstance = namespace("dag_instance")
        taskInstance = namespace("task_instance")
        taskTrace = namespace("task_trace")
        message = namespace("message")
        heartbeat = namespace("heartbeat")
        election = namespace("election")
        mutex = namespace("mutex")
        signal = namespace("signal")
    }
}
