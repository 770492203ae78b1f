import BSON
import CMongo

extension Connection {
    /// Carries out many writes in few commands.
    ///
    /// Unordered (the default), the server does all it can, in any order, and a refused write is in the result's `errors`; ordered, it stops at the
    /// first. Throws only when a command as a whole failed (network, not primary, write concern): its outcome is `.unknown` once anything was sent,
    /// so the writes should be idempotent and be sent again.
    public func bulk(_ namespace: Namespace, _ operations: [WriteOperation], ordered: Bool = false) throws(MongoError) -> BulkResult {
        try bulk("bulk", namespace, operations, ordered: ordered)
    }

    func bulk(_ verb: String, _ namespace: Namespace, _ operations: [WriteOperation], ordered: Bool) throws(MongoError) -> BulkResult {
        var result = BulkResult()
        var hasWritten = false
        for batch in try BulkBatch.split(operations, ordered: ordered) {
            do {
                let reply = try execute(batch, verb, namespace, ordered: ordered)
                result.add(reply, indexes: batch.indexes) { operations[$0].isMulti }
            } catch {
                throw hasWritten ? error.with(outcome: .unknown) : error
            }
            if ordered && !result.errors.isEmpty { break }
            hasWritten = true
        }
        result.errors.sort { $0.index < $1.index }
        return result
    }

    /// Sends one command. A reply with errors of single writes counts as an answer.
    private func execute(_ batch: BulkBatch, _ verb: String, _ namespace: Namespace, ordered: Bool) throws(MongoError) -> Document {
        try namespace.validated()
        var buffer = cm_buffer()
        var cause = cm_error()
        let isDone = batch.bytes.withUnsafeBufferPointer { bytes in
            cm_bulk(
                client, session, namespace.database, namespace.collection, cm_bytes(data: bytes.baseAddress, length: bytes.count), ordered,
                &buffer,
                &cause)
        }
        defer { cm_buffer_free(buffer) }
        let reply = try? buffer.document()
        let effect: CallEffect = batch.indexes.count == 1 && !batch.isMulti ? .write : .partialWrite
        if let reply, isDone || reply.hasOnlyWriteErrors { return reply }
        if isDone {
            throw MongoError(.malformed, "the answer to the write is not BSON", operation: verb, namespace: namespace, outcome: .applied)
        }
        if let concern = reply?["writeConcernErrors"]?.arrayValue?.first?.documentValue {
            cause.kind = UInt32(CM_ERROR_WRITE_CONCERN)
            cause.code = UInt32(clamping: concern["code"]?.int64Value ?? 0)
        }
        throw MongoError(cause, reply: reply, operation: verb, namespace: namespace, effect: effect)
    }
}

extension Document {
    /// Whether a bulk's reply blames single writes and nothing else. One batch is one command, so write errors mean that the server answered.
    fileprivate var hasOnlyWriteErrors: Bool {
        let concerns = self["writeConcernErrors"]?.arrayValue ?? []
        let writes = self["writeErrors"]?.arrayValue ?? []
        return concerns.isEmpty && !writes.isEmpty
    }
}

/// Operations that fit into one command.
struct BulkBatch {
    /// The server's limits are 100,000 writes and 48 MB for a message.
    static let maximumOperations = 10_000
    static let maximumBytes = 32 << 20

    let family: WriteOperation.Family
    var indexes: [Int] = []
    var bytes: [UInt8] = []
    var isMulti = false

    /// Unordered operations are sorted by family, so that a mixed bulk costs at most a few commands; ordered ones are cut where the family changes.
    static func split(_ operations: [WriteOperation], ordered: Bool) throws(MongoError) -> [BulkBatch] {
        guard !ordered else { return try consecutive(operations, operations.indices.map { $0 }) }
        var batches: [BulkBatch] = []
        for family in WriteOperation.Family.allCases {
            batches += try consecutive(operations, operations.indices.filter { operations[$0].family == family })
        }
        return batches
    }

    private static func consecutive(_ operations: [WriteOperation], _ indexes: [Int]) throws(MongoError) -> [BulkBatch] {
        var batches: [BulkBatch] = []
        for index in indexes {
            let operation = operations[index]
            if !(batches.last?.hasRoom(for: operation) ?? false) { batches.append(BulkBatch(family: operation.family)) }
            batches[batches.count - 1].indexes.append(index)
            batches[batches.count - 1].isMulti = batches[batches.count - 1].isMulti || operation.isMulti
            try operation.pack(into: &batches[batches.count - 1].bytes)
        }
        return batches
    }

    /// A document can have 16 MB, so the last may overshoot by that and still fit into a message. Multi-document writes go alone: libmongoc does
    /// not repeat a command that has one.
    private func hasRoom(for operation: WriteOperation) -> Bool {
        operation.family == family && !isMulti && !operation.isMulti && indexes.count < BulkBatch.maximumOperations
            && bytes.count < BulkBatch.maximumBytes
    }
}
