import BSON
import Engine
import MongoDriver
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the current definition of an id is, without its content: a document of `dag`.
struct DagHead: Sendable {
    var id: String
    var version: String
    var revision: Int64
    var status: Dag.Status
    var source: String

    init(_ fields: FieldReader) throws(StoreError) {
        id = fields.id
        version = try fields.string("version")
        revision = try fields.int("revision")
        status = try fields.choice("status")
        source = try fields.string("source")
    }

    /// Whether applying would change nothing.
    func matches(_ new: NewDefinition) -> Bool { version == new.version && status == new.dag.status && source == new.source }

    func record(_ dag: Dag) -> DagRecord {
        var dag = dag
        dag.status = status
        return DagRecord(dag: dag, version: version, revision: revision, source: source)
    }
}

extension NewDefinition {
    func record(revision: Int64) -> DagRecord { DagRecord(dag: dag, version: version, revision: revision, source: source) }

    /// The document that points to this definition.
    func head(revision: Int64) -> Document {
        [
            "_id": .string(dag.id), "name": .string(dag.name), "desc": .string(dag.desc), "status": .string(dag.status.rawValue),
            "version": .string(version), "revision": .int64(revision), "source": .string(source), "updatedAt": .date(Date()),
        ]
    }
}
