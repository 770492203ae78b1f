import BSON
import KisFlow
import MongoDriver

/// Writes rows into a collection.
struct MongoSaving {
    enum Mode: Sendable {
        case insert
        /// By these fields.
        case upsert([String])
    }

    let namespace: Namespace
    let mode: Mode

    func save(_ rows: [JSONRow], _ client: MongoClient) async throws {
        let documents = try rows.map { row in
            do {
                return try ExtendedJSON.document(row.json)
            } catch let error as ExtendedJSON.Unfit {
                throw FlowError(.connector, "row \(row.number) for \(namespace): \(error.reason)")
            }
        }
        switch mode {
        case .insert: try await insert(documents, client)
        case .upsert(let fields): try await upsert(documents, fields, client)
        }
    }

    private func upsert(_ documents: [Document], _ fields: [String], _ client: MongoClient) async throws {
        let operations = try documents.enumerated().map { number, document in
            let key = try fields.map { field in
                guard let value = Self.value(document, at: field), !value.isNull else {
                    throw FlowError(.connector, "row \(number) for \(namespace) has no field \"\(field)\" to be found by (parameter by)")
                }
                return (field, BSONValue.document(["$eq": value]))
            }
            return WriteOperation.replaceOne(filter: Document(key), replacement: document, upsert: true)
        }
        // In order, since the last of several rows with the same key is to stay.
        let result = try await client.run("save") { [namespace] in try $0.bulk(namespace, operations, ordered: true) }
        if let error = result.errors.first { throw failure(error) }
    }

    private func insert(_ documents: [Document], _ client: MongoClient) async throws {
        let operations = documents.map { WriteOperation.insert($0) }
        let result = try await client.run("save") { [namespace] in try $0.bulk(namespace, operations) }
        if let error = result.errors.first(where: { !$0.isDuplicateKey || documents[$0.index]["_id"] == nil }) { throw failure(error) }
        guard let first = result.errors.first else { return }
        // An earlier attempt may have saved the same rows.
        let ids = result.errors.compactMap { documents[$0.index]["_id"] }
        let there = try await client.run("save") { [namespace] in try $0.documents(namespace, ids: ids) }
        for error in result.errors {
            guard let id = documents[error.index]["_id"], let known = there[id] else { throw failure(first) }
            guard Self.sorted(known) == Self.sorted(documents[error.index]) else { throw failure(error) }
        }
    }

    private func failure(_ error: WriteError) -> FlowError {
        let hint =
            switch mode {
            case .insert where error.isDuplicateKey: "; mode: upsert replaces what is there"
            case .upsert where error.isDuplicateKey: "; another document has what a unique index of the collection allows once"
            default: ""
            }
        return FlowError(.connector, "row \(error.index) for \(namespace): \(error.message)\(hint)")
    }

    private static func value(_ document: Document, at path: String) -> BSONValue? {
        if let value = document[path] { return value }
        return path.split(separator: ".").reduce(Optional(BSONValue.document(document))) { $0?.documentValue?[String($1)] }
    }

    /// The server puts `_id` first.
    private static func sorted(_ document: Document) -> Document {
        Document(document.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 })
    }
}
