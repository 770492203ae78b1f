import BSON
import Foundation
import KisFlow
import MongoDriver

/// Reads the documents of a collection page by page, so that nothing is held at the server between pages.
struct MongoPages {
    /// BSON's types in the order in which MongoDB sorts them, as the query operator `$type` names them; comparisons find values of one group only.
    private static let groups: [[BSONValue]] = [
        ["minKey"], ["undefined", "null"], ["int", "long", "double", "decimal"], ["string", "symbol"], ["object"], ["binData"],
        ["objectId"],
        ["bool"], ["date"], ["timestamp"],
        ["dbPointer"], ["javascript"], ["javascriptWithScope"], ["maxKey"],
    ]

    let namespace: Namespace
    let filter: Document
    let sort: Document?
    let projection: Document?
    /// How many documents a page has; less where they are large.
    private(set) var limit: Int
    /// The id of the last document, when pages go by id.
    private var last: BSONValue?
    /// How many documents were read, when pages go by another order.
    private var skip = 0

    init(_ namespace: Namespace, filter: Document, sort: Document?, projection: Document?, limit: Int) {
        self.namespace = namespace
        self.filter = filter
        self.sort = sort
        self.projection = projection
        self.limit = limit
    }

    /// Where reading goes on behind a document; `nil` where its id has no JSON form.
    mutating func position(after document: Document) throws -> FieldValue? {
        guard sort == nil else {
            skip += 1
            return .int(skip)
        }
        guard let id = document["_id"] else {
            throw FlowError(.connector, "\(namespace): a document came without its _id; do not take it away in the parameter projection")
        }
        last = id
        return (try? ExtendedJSON.bytes(["_id": id], .canonical)).map { .string(String(decoding: $0, as: UTF8.self)) }
    }

    /// - Throws: `FlowError` of kind `checkpoint` for a position that another connector gave.
    mutating func go(to position: FieldValue) throws {
        switch position {
        case .int(let count) where sort != nil && count >= 0: skip = count
        case .string(let text) where sort == nil:
            guard let id = try? ExtendedJSON.document(text.utf8)["_id"] else { fallthrough }
            last = id
        default: throw FlowError(.checkpoint, "the checkpoint has no position in the collection \(namespace); start without it")
        }
    }

    /// The next documents; none at the end.
    mutating func next(_ client: MongoClient) async throws -> [Document] {
        while true {
            do {
                return try await read(client)
            } catch let error as MongoError where error.kind == .tooLarge && limit > 1 {
                limit = max(1, limit / 4)
            }
        }
    }

    private func read(_ client: MongoClient) async throws -> [Document] {
        guard sort == nil else { return try await find(client, filter, skip: skip) }
        guard let last else { return try await find(client, filter) }
        let behind = try await find(client, both(["_id": Self.behind(last)]))
        if !behind.isEmpty { return behind }
        let later = Self.groups.drop { !$0.contains(Self.type(of: last)) }.dropFirst().flatMap(\.self)
        return later.isEmpty ? [] : try await find(client, both(["_id": ["$type": .array(later)]]))
    }

    private func find(_ client: MongoClient, _ filter: Document, skip: Int = 0) async throws -> [Document] {
        let (namespace, order, projection, limit) = (namespace, sort ?? ["_id": 1], projection, limit)
        return try await client.run("load") { connection in
            try connection.find(namespace, filter: filter, sort: order, projection: projection, skip: skip, limit: limit)
        }
    }

    private func both(_ other: Document) -> Document {
        filter.isEmpty ? other : ["$and": [.document(filter), .document(other)]]
    }

    private static func behind(_ id: BSONValue) -> BSONValue {
        // It sorts before all numbers, and compares with none.
        if case .double(let number) = id, number.isNaN { return ["$gte": .double(-.infinity)] }
        return ["$gt": id]
    }

    private static func type(of value: BSONValue) -> BSONValue {
        switch value {
        case .minKey: "minKey"
        case .null: "null"
        case .int32, .int64, .double, .decimal128: "int"
        case .string, .regex: "string"
        case .javascript: "javascript"
        case .document, .array: "object"
        case .binary: "binData"
        case .objectID: "objectId"
        case .bool: "bool"
        case .date: "date"
        case .timestamp: "timestamp"
        case .maxKey: "maxKey"
        case .legacy(let value):
            switch value.type {
            case 0x0C: "dbPointer"
            case 0x0E: "symbol"
            case 0x0F: "javascriptWithScope"
            default: "undefined"
            }
        }
    }
}
