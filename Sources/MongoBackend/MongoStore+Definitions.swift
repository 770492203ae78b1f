import BSON
import Engine
import MongoDriver
import Records
import Workflow

/// Reading definitions.
extension MongoStore {
    func dag(id: String) async throws -> DagRecord? {
        guard let document = try await find("dag", collections.heads(of: [id])).first else { return nil }
        let head = try DagHead(FieldReader(document: document, collection: collections.dag.collection))
        if let dag = known[head.key] { return head.record(dag) }
        guard let record = try await records([document]).first else { return nil }
        known.add(record.dag, key: head.key)
        return record
    }

    func dags(after: String?, limit: Int) async throws -> [DagRecord] {
        try await records(try await find("dags", collections.definitions(after: after, limit: limit)))
    }

    func dagVersion(id: String, version: String) async throws -> Dag? {
        let key = Dag.versionKey(id: id, version: version)
        let collections = collections
        return try await run("dagVersion") { connection in
            guard let document = try connection.find(collections.versions([key])).first else { return nil }
            return try Self.definition(
                FieldReader(document: document, collection: collections.dagVersion.collection), collections, connection)
        }
    }

    /// Versions read at once: as many of the largest as one result may hold.
    private static let versionPage = 15

    private func records(_ documents: [Document]) async throws -> [DagRecord] {
        let collections = collections
        let heads = try documents.map { try DagHead(FieldReader(document: $0, collection: collections.dag.collection)) }
        return try await run("dags") { connection in
            var records: [DagRecord] = []
            for start in stride(from: 0, to: heads.count, by: Self.versionPage) {
                let page = heads[start..<min(start + Self.versionPage, heads.count)]
                var kept: [String: Document] = [:]
                for document in try connection.find(collections.versions(page.map(\.key))) {
                    if let key = document["_id"]?.stringValue { kept[key] = document }
                }
                for head in page {
                    guard let document = kept[head.key] else {
                        throw StoreError(
                            .malformed,
                            "\(collections.dag.collection) '\(head.id)': its version \(head.version) is not in \(collections.dagVersion.collection)"
                        )
                    }
                    let fields = FieldReader(document: document, collection: collections.dagVersion.collection)
                    records.append(head.record(try Self.definition(fields, collections, connection)))
                }
            }
            return records
        }
    }

    private static func definition(_ fields: FieldReader, _ collections: Collections, _ connection: borrowing Connection) throws -> Dag {
        let chunks = try fields.strings("chunks")
        let definition =
            if chunks.isEmpty {
                try fields.required("definition", "a document") { $0.documentValue }
            } else {
                try whole(chunks, fields, collections, connection)
            }
        do { return try BSONDecoder().decode(Dag.self, from: definition) } catch {
            throw StoreError(.malformed, "\(fields.collection) '\(fields.id)': the field 'definition' does not decode: \(error)")
        }
    }

    /// The pieces of a definition, put together.
    private static func whole(
        _ chunks: [String], _ fields: FieldReader, _ collections: Collections, _ connection: borrowing Connection
    ) throws -> Document {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(clamping: min(max(try fields.int("bytes"), 0), 1 << 30)))
        for (index, id) in chunks.enumerated() {
            func broken(_ what: String) -> StoreError {
                StoreError(
                    .malformed,
                    "\(fields.collection) '\(fields.id)': its chunk \(index + 1) of \(chunks.count), \(collections.dagChunk.collection) '\(id)', \(what); apply the same definition again, or restore the document"
                )
            }
            guard let chunk = try connection.find(collections.chunks([id])).first else { throw broken("is missing") }
            guard let data = chunk["data"]?.binaryValue, ContentHash.hex(of: data) == id else { throw broken("is damaged") }
            bytes += data
        }
        do { return try Document(validating: bytes) } catch {
            throw StoreError(.malformed, "\(fields.collection) '\(fields.id)': its chunks do not make a document: \(error)")
        }
    }
}

extension DagHead {
    fileprivate var key: String { Dag.versionKey(id: id, version: version) }
}
