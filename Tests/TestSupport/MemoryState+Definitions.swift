public import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is current of a DAG, and in which state.
extension MemoryState {
    public mutating func keepVersion(_ new: NewDefinition) {
        let key = Dag.versionKey(id: new.dag.id, version: new.version)
        if dagVersions[key] == nil { dagVersions[key] = new.dag }
    }

    public mutating func apply(_ new: NewDefinition, expectedRevision: Int64?) -> ApplyOutcome {
        let current = dags[new.dag.id]
        let state = new.state(after: current?.state)
        if let current, current.version == new.version, current.source == new.source, current.state == state { return .unchanged(current) }
        guard current?.revision == expectedRevision else { return .conflict }
        return .applied(
            put(
                DagRecord(
                    dag: new.dag, version: new.version, revision: (current?.revision ?? 0) + 1, source: new.source,
                    isPaused: state.isPaused, origin: state.origin)))
    }

    public mutating func set(_ state: DagState, of dagId: String, expectedRevision: Int64) -> ApplyOutcome {
        guard var record = dags[dagId] else { return .conflict }
        if record.state == state, record.revision == expectedRevision { return .unchanged(record) }
        // Its own earlier sending.
        if record.state == state, record.revision == expectedRevision + 1 { return .applied(record) }
        guard record.revision == expectedRevision else { return .conflict }
        (record.dag.status, record.isPaused, record.origin) = (state.status, state.isPaused, state.origin)
        record.revision += 1
        return .applied(put(record))
    }

    public func pausedDags(limit: Int) -> [String] {
        Array(dags.values.filter(\.isPaused).map(\.dag.id).sorted().prefix(limit))
    }

    private mutating func put(_ record: DagRecord) -> DagRecord {
        dags[record.dag.id] = record
        dagHistory[record.dag.id, default: []].append(
            DagRevision(version: record.version, revision: record.revision, source: record.source, state: record.state, at: Date()))
        return record
    }
}
