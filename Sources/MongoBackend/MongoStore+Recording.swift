import BSON
import Engine
import MongoDriver
import Records
import Workflow

extension MongoStore {
    func record(_ batch: RecordBatch) async throws -> RecordResult {
        let collections = collections
        return try await run("record") { connection in
            let traces = try batch.traces.map { VersionedDocument(version: nil, document: try $0.document, isFirst: true) }
            let tasks = batch.tasks.map { VersionedDocument(version: $0.task.version, document: $0.task.document, isFirst: $0.isFirst) }
            let instances = batch.instances.map { VersionedDocument(version: $0.version, document: $0.document, isFirst: false) }
            // In this order: what a task said is there when its end is, and a run ends after its tasks.
            let traceOutcomes = try connection.write(traces, to: collections.taskTrace)
            if !traces.isEmpty { CrashPoint.afterTraces.reached() }
            let taskOutcomes = try connection.write(tasks, to: collections.taskInstance)
            if !tasks.isEmpty { CrashPoint.afterTasks.reached() }
            let instanceOutcomes = try connection.write(instances, to: collections.dagInstance)
            return RecordResult(instances: instanceOutcomes, tasks: taskOutcomes, traces: traceOutcomes)
        }
    }
}

/// A document to write under the version rule; without a version it is only ever inserted.
private struct VersionedDocument: Sendable {
    var version: RecordVersion?
    var document: Document
    var isFirst: Bool

    var id: String { document["_id"]?.stringValue ?? "" }

    var operation: WriteOperation { isFirst ? .insert(document) : replacement }

    var replacement: WriteOperation {
        .replaceOne(filter: ["_id": .string(id), "version": ["$lt": .int64(version?.rawValue ?? 0)]], replacement: document)
    }
}

extension Connection {
    /// Writes documents, unordered, and says what became of each. Safe to repeat.
    fileprivate func write(_ records: [VersionedDocument], to namespace: Namespace) throws -> [RecordOutcome] {
        guard !records.isEmpty else { return [] }
        var outcomes = [RecordOutcome?](repeating: nil, count: records.count)
        for (index, record) in records.enumerated() {
            if let why = record.document.tooLarge { outcomes[index] = .refused(why) }
        }
        let inserted = records.indices.filter { outcomes[$0] == nil && records[$0].isFirst }
        var taken: [Int] = []
        for (index, error) in try errors(inserted.map { records[$0].operation }, namespace, indices: inserted).errors {
            if error.isDuplicateKey { taken.append(index) } else { outcomes[index] = .refused(error.message) }
        }
        let takenSet = Set(taken)
        for index in inserted where outcomes[index] == nil && !takenSet.contains(index) { outcomes[index] = .written }
        // An id that is taken: for what is only ever inserted it is the record's own earlier try, else the version decides.
        for index in taken where records[index].version == nil { outcomes[index] = .written }
        try replace(records.indices.filter { outcomes[$0] == nil }, of: records, in: namespace, &outcomes)
        return outcomes.map { $0 ?? .fenced }
    }

    private func replace(
        _ indices: [Int], of records: [VersionedDocument], in namespace: Namespace, _ outcomes: inout [RecordOutcome?]
    ) throws {
        guard !indices.isEmpty else { return }
        let (matched, errors) = try errors(indices.map { records[$0].replacement }, namespace, indices: indices)
        for (index, error) in errors { outcomes[index] = .refused(error.message) }
        let open = indices.filter { outcomes[$0] == nil }
        if matched == open.count {
            for index in open { outcomes[index] = .written }
            return
        }
        // The reply has only totals: who missed is read back. The same version is the record's own earlier write, another one a fence.
        let found = try ownership(of: open.map { records[$0].id }, in: namespace)
        for index in open { outcomes[index] = found[records[index].id]?.version == records[index].version ? .written : .fenced }
    }

    /// Sends operations and gives back the errors of single records, under the records' own indices.
    /// - Throws: where one of them failed for a passing reason; the batch is then sent again whole.
    private func errors(
        _ operations: [WriteOperation], _ namespace: Namespace, indices: [Int]
    ) throws -> (matched: Int, errors: [(Int, WriteError)]) {
        guard !operations.isEmpty else { return (0, []) }
        let result = try bulk(namespace, operations)
        for error in result.errors where error.isTransient {
            throw StoreError(.unavailable, "\(namespace): \(error.message)", outcome: .unknown)
        }
        return (result.matched, result.errors.map { (indices[$0.index], $0) })
    }
}
