package import BSON
package import Engine
package import Workflow

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// What the current definition of an id is, without its content: a document of `dag`.
package struct DagHead: Sendable {
    package var id: String
    package var version: String
    package var revision: Int64
    package var status: Dag.Status
    package var source: String
    package var isPaused: Bool
    package var origin: DagOrigin?
    package var updatedAt: Date

    package init(_ fields: FieldReader) throws(StoreError) {
        id = fields.id
        version = try fields.string("version")
        revision = try fields.int("revision")
        status = try fields.choice("status")
        source = try fields.string("source")
        isPaused = try fields.flag("isPaused")
        origin = try fields.part("origin").map { part throws(StoreError) in
            DagOrigin(directory: try part.string("directory"), file: try part.string("file"))
        }
        updatedAt = try fields.optionalDate("updatedAt") ?? Date(timeIntervalSince1970: 0)
    }

    /// Whether applying would change nothing.
    package func matches(_ new: NewDefinition) -> Bool {
        version == new.version && source == new.source && state == new.state(after: state)
    }

    package var state: DagState { DagState(status: status, isPaused: isPaused, origin: origin) }

    package var asRevision: DagRevision { DagRevision(version: version, revision: revision, source: source, state: state, at: updatedAt) }

    /// What is kept of it when it is no longer current: under its revision, so that it is kept once whoever replaces it.
    package var kept: Document {
        let number = String(revision)
        var document: Document = [
            "_id": .string("\(id)@\(String(repeating: "0", count: max(0, 19 - number.count)))\(number)"), "dagId": .string(id),
            "version": .string(version), "revision": .int64(revision), "source": .string(source),
        ]
        state.append(to: &document)
        document.append("updatedAt", .date(updatedAt))
        return document
    }

    package func record(_ dag: Dag) -> DagRecord {
        var dag = dag
        dag.status = status
        return DagRecord(dag: dag, version: version, revision: revision, source: source, isPaused: isPaused, origin: origin)
    }
}

extension DagState {
    package func append(to document: inout Document) {
        document.append("status", .string(status.rawValue))
        if isPaused { document.append("isPaused", true) }
        if let origin { document.append("origin", ["directory": .string(origin.directory), "file": .string(origin.file)]) }
    }
}

extension NewDefinition {
    package func record(after head: DagHead?) -> DagRecord {
        let state = state(after: head?.state)
        return DagRecord(
            dag: dag, version: version, revision: (head?.revision ?? 0) + 1, source: source, isPaused: state.isPaused, origin: state.origin)
    }

    /// The document that points to this definition.
    package func document(after head: DagHead?) -> Document {
        var document: Document = ["_id": .string(dag.id), "name": .string(dag.name), "desc": .string(dag.desc)]
        state(after: head?.state).append(to: &document)
        document.append("version", .string(version))
        document.append("revision", .int64((head?.revision ?? 0) + 1))
        document.append("source", .string(source))
        document.append("updatedAt", .date(Date()))
        return document
    }
}

extension DagHead {
    /// As it is kept while it is current.
    package var document: Document {
        var document: Document = ["_id": .string(id)]
        state.append(to: &document)
        document.append("version", .string(version))
        document.append("revision", .int64(revision))
        document.append("source", .string(source))
        document.append("updatedAt", .date(updatedAt))
        return document
    }
}
