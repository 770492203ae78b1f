public import BSON

/// An index of a collection.
public struct IndexSpec: Sendable, Hashable {
    /// Fields in order, 1 for ascending and -1 for descending.
    public var keys: Document
    public var name: String
    public var unique = false
    /// Only documents that match are in the index.
    public var partialFilter: Document?
    /// Documents are removed about this long after the date in the key (which must be a single one).
    public var expireAfterSeconds: Int?

    public init(keys: Document, name: String, unique: Bool = false, partialFilter: Document? = nil, expireAfterSeconds: Int? = nil) {
        self.keys = keys
        self.name = name
        self.unique = unique
        self.partialFilter = partialFilter
        self.expireAfterSeconds = expireAfterSeconds
    }

    var document: Document {
        var document: Document = ["key": .document(keys), "name": .string(name)]
        if unique { document.append("unique", true) }
        if let partialFilter { document.append("partialFilterExpression", .document(partialFilter)) }
        if let expireAfterSeconds { document.append("expireAfterSeconds", .int64(Int64(expireAfterSeconds))) }
        return document
    }
}

/// The bound of a capped collection, whose oldest documents make room for new ones.
public struct Cap: Sendable, Hashable {
    public var bytes: Int
    public var documents: Int?

    public init(bytes: Int, documents: Int? = nil) {
        self.bytes = bytes
        self.documents = documents
    }
}

extension Connection {
    /// Creates the indexes that do not exist; the collection too, if need be. An index of that name with other keys or options is an error.
    public func createIndexes(_ namespace: Namespace, _ indexes: [IndexSpec]) throws(MongoError) {
        guard !indexes.isEmpty else { return }
        _ = try command(
            namespace.database,
            [
                "createIndexes": .string(namespace.collection), "indexes": .array(indexes.map { .document($0.document) }),
                "writeConcern": Connection.majority,
            ])
    }

    /// Creates a collection unless it exists. One that exists and is not capped, although it should be, is an error.
    public func createCollection(_ namespace: Namespace, capped: Cap? = nil) throws(MongoError) {
        var create: Document = ["create": .string(namespace.collection), "writeConcern": Connection.majority]
        if let capped {
            create.append("capped", true)
            create.append("size", .int64(Int64(capped.bytes)))
            if let documents = capped.documents { create.append("max", .int64(Int64(documents))) }
        }
        do {
            _ = try command(namespace.database, create)
        } catch {
            guard error.code == ServerCode.namespaceExists else { throw error }
            guard capped != nil, try isCapped(namespace) != true else { return }
            throw notCapped(namespace)
        }
    }

    /// Deletes a collection; no error where there is none.
    public func dropCollection(_ namespace: Namespace) throws(MongoError) {
        do {
            _ = try command(namespace.database, ["drop": .string(namespace.collection), "writeConcern": Connection.majority])
        } catch {
            guard error.code == ServerCode.namespaceNotFound else { throw error }
        }
    }

    /// Deletes a database with all that is in it.
    public func dropDatabase(_ database: String) throws(MongoError) {
        _ = try command(database, ["dropDatabase": 1, "writeConcern": Connection.majority])
    }

    /// Whether a collection is capped; nil where there is none.
    func isCapped(_ namespace: Namespace) throws(MongoError) -> Bool? {
        let reply = try command(
            namespace.database, ["listCollections": 1, "filter": ["name": .string(namespace.collection)]], isRead: true)
        return reply[path: "cursor", "firstBatch", "0"]?.documentValue.map { $0[path: "options", "capped"]?.boolValue ?? false }
    }

    func notCapped(_ namespace: Namespace) -> MongoError {
        MongoError(
            .invalidArgument, "the collection exists and is not capped: drop it, so that it can be created anew", namespace: namespace)
    }

    private static let majority: BSONValue = ["w": "majority", "j": true]
}
