import Engine
import GRDB

/// One step of the schema. A file says in `user_version` how many steps it has had; a step that was released never changes.
struct Migration: Sendable {
    let number: Int32
    let sql: String

    static let all = [base]

    /// Marks a file as one of ours (`application_id`): "SwFl".
    static let applicationID: Int32 = 0x5377_466C

    /// Records are BSON documents, the same as in MongoDB; columns repeat what queries and conditions need of them. Times are milliseconds since 1970.
    ///
    /// Tasks and traces need no index: their ids begin with the run's, so what belongs to a run is one range of the table itself.
    private static let base = Migration(
        number: 1,
        sql: """
            CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

            CREATE TABLE dag (id TEXT PRIMARY KEY, is_paused INTEGER NOT NULL, document BLOB NOT NULL) WITHOUT ROWID;
            CREATE INDEX dag_paused ON dag (id) WHERE is_paused = 1;
            CREATE TABLE dag_version (id TEXT PRIMARY KEY, definition BLOB NOT NULL);
            CREATE TABLE dag_history (dag_id TEXT NOT NULL, revision INTEGER NOT NULL, document BLOB NOT NULL, PRIMARY KEY (dag_id, revision)) WITHOUT ROWID;
            CREATE TABLE pool (name TEXT PRIMARY KEY, slots INTEGER NOT NULL) WITHOUT ROWID;

            CREATE TABLE dag_instance (
                id TEXT PRIMARY KEY, dag_id TEXT NOT NULL, status TEXT NOT NULL, session TEXT, version INTEGER NOT NULL, run_epoch INTEGER NOT NULL,
                priority INTEGER NOT NULL, wake_at INTEGER, created_at INTEGER NOT NULL, is_part INTEGER NOT NULL, document BLOB NOT NULL
            );
            CREATE INDEX instance_owned ON dag_instance (session, id) WHERE session IS NOT NULL;
            CREATE INDEX instance_status ON dag_instance (status, created_at, id, dag_id);
            CREATE INDEX instance_dag ON dag_instance (dag_id, created_at, id, status);
            CREATE INDEX instance_queue ON dag_instance (priority DESC, created_at, id, dag_id) WHERE status = 'init';
            CREATE INDEX instance_wake ON dag_instance (wake_at, id) WHERE wake_at IS NOT NULL;

            CREATE TABLE task_instance (id TEXT PRIMARY KEY, version INTEGER NOT NULL, document BLOB NOT NULL) WITHOUT ROWID;
            CREATE TABLE task_trace (id TEXT PRIMARY KEY, document BLOB NOT NULL) WITHOUT ROWID;

            CREATE TABLE message (id TEXT PRIMARY KEY, run TEXT NOT NULL, is_open INTEGER NOT NULL, at INTEGER NOT NULL, document BLOB NOT NULL);
            CREATE INDEX message_open ON message (at, id) WHERE is_open = 1;
            CREATE INDEX message_run ON message (run, at, id, is_open);

            CREATE TABLE heartbeat (
                key TEXT PRIMARY KEY, session TEXT NOT NULL, is_alive INTEGER NOT NULL, is_draining INTEGER NOT NULL, expires_at INTEGER NOT NULL,
                joined_at INTEGER NOT NULL, node BLOB NOT NULL, process TEXT
            ) WITHOUT ROWID;
            CREATE TABLE election (id INTEGER PRIMARY KEY CHECK (id = 1), key TEXT NOT NULL, session TEXT NOT NULL, term INTEGER NOT NULL, expires_at INTEGER NOT NULL);
            CREATE TABLE mutex (
                key TEXT PRIMARY KEY, token INTEGER NOT NULL, owner BLOB, since INTEGER, expires_at INTEGER NOT NULL, wanted_at INTEGER, forced BLOB
            ) WITHOUT ROWID;
            """)

    /// How many steps a file has had; `nil` for one that is empty.
    /// - Throws: `StoreError` of the kind `.misconfigured` for a file of another program, or of a newer release.
    static func version(of db: GRDB.Database, path: String?) throws -> Int32? {
        let version = try Int32.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let id = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        if id == 0, version == 0, try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0 { return nil }
        guard id == applicationID else { throw FilePlace.foreign(path ?? ":memory:") }
        guard let newest = all.last?.number, version <= newest else {
            throw StoreError(
                .misconfigured,
                "'\(path ?? ":memory:")' was written by a newer release (schema \(version), this one knows \(all.last?.number ?? 0)): use that release, or another file"
            )
        }
        return version
    }

    /// Brings a file to the present schema; called in a transaction.
    static func migrate(_ db: GRDB.Database, by migrations: [Migration] = all) throws {
        let version = try Int32.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        for migration in migrations where migration.number > version {
            try db.execute(sql: migration.sql)
            try db.execute(sql: "PRAGMA user_version = \(migration.number)")
        }
        if version == 0 { try db.execute(sql: "PRAGMA application_id = \(applicationID)") }
    }
}
