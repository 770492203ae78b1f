import BSON
import Engine
import GRDB
import Records
import Workflow

/// The table of runs: the document, and beside it what queries and conditions need of it.
extension GRDB.Database {
    static let instances = "dag_instance"

    private static let assignments = """
        dag_id = ?2, status = ?3, session = ?4, version = ?5, run_epoch = ?6, priority = ?7, wake_at = ?8, created_at = ?9, is_part = ?10, document = ?11
        """

    /// - Returns: whether it was inserted; its id may be taken.
    func insert(_ run: DagInstance, _ document: Document) throws -> Bool {
        try change(
            """
            INSERT INTO dag_instance (id, dag_id, status, session, version, run_epoch, priority, wake_at, created_at, is_part, document)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (id) DO NOTHING
            """, Self.arguments(run, document)) == 1
    }

    /// Writes a run over what is there.
    func replace(_ run: DagInstance, _ document: Document) throws {
        try change("UPDATE dag_instance SET \(Self.assignments) WHERE id = ?1", Self.arguments(run, document))
    }

    /// Writes a run over an older version of it.
    /// - Returns: whether there was one.
    func replaceOlder(_ run: DagInstance, _ document: Document) throws -> Bool {
        try change("UPDATE dag_instance SET \(Self.assignments) WHERE id = ?1 AND version < ?5", Self.arguments(run, document)) == 1
    }

    private static func arguments(_ run: DagInstance, _ document: Document) -> StatementArguments {
        [
            run.id, run.dagId, run.status.rawValue, run.session, run.version.rawValue, run.runEpoch, run.priority, run.wakeAt?.milliseconds,
            run.createdAt.milliseconds, run.origin?.kind == .task, document.data,
        ]
    }

    func instance(_ id: String) throws -> StoredDocument? {
        try documents(Self.instances, "SELECT id, document FROM dag_instance WHERE id = ?", [id]).first
    }

    func instanceVersion(_ id: String) throws -> RecordVersion? {
        try number("SELECT version FROM dag_instance WHERE id = ?", [id]).map(RecordVersion.init(rawValue:))
    }
}
