public import BSON
import CMongo

/// A connection lent to a closure, for one thread. It cannot be copied, stored or sent elsewhere: the compiler refuses.
///
/// All verbs block and throw ``MongoError``. Several in one closure use one connection and cost one hop between threads.
public struct Connection: ~Copyable {
    let client: OpaquePointer
    /// Set inside a transaction.
    let session: OpaquePointer?
    let settings: ConnectionSettings

    init(client: OpaquePointer, session: OpaquePointer?, settings: ConnectionSettings) {
        self.client = client
        self.session = session
        self.settings = settings
    }

    /// Runs a command and returns the server's answer. `isRead` lets libmongoc send it again when the connection fails.
    ///
    /// Not for insert, update, delete and findAndModify, which have verbs of their own with retryable writes; a command that writes needs a
    /// `writeConcern` of its own.
    public func command(_ database: String, _ command: Document, isRead: Bool = false) throws(MongoError) -> Document {
        let namespace = Namespace(database, "$cmd")
        let name = command.firstKey ?? ""
        let reply = try call(name, namespace, isRead ? .read : .partialWrite) { reply, error in
            withBytes([command]) { cm_command(client, session, database, $0[0], isRead, reply, error) }
        }
        try refuseWriteConcernError(reply, name, namespace)
        return reply
    }

    /// The server's clock.
    public func serverTime() throws(MongoError) -> BSONDate {
        guard case .date(let date) = try command("admin", ["hello": 1], isRead: true)["localTime"] else {
            throw MongoError(.malformed, "the server's answer to hello has no localTime", operation: "hello")
        }
        return date
    }

    /// Makes a call of the shim whose answer is one document.
    func call(
        _ verb: String, _ namespace: Namespace, _ effect: CallEffect,
        _ body: (UnsafeMutablePointer<cm_buffer>, UnsafeMutablePointer<cm_error>) -> Bool
    ) throws(MongoError) -> Document {
        try namespace.validated()
        var buffer = cm_buffer()
        var error = cm_error()
        let isDone = body(&buffer, &error)
        defer { cm_buffer_free(buffer) }
        guard isDone else { throw MongoError(error, reply: try? buffer.document(), operation: verb, namespace: namespace, effect: effect) }
        do {
            return try buffer.document()
        } catch {
            throw MongoError(
                .malformed, "the server's answer: \(error)", operation: verb, namespace: namespace,
                outcome: effect == .read ? .notApplied : .applied)
        }
    }

    /// Makes a call of the shim whose answer is many documents.
    func query(
        _ verb: String, _ namespace: Namespace,
        _ body: (UnsafeMutablePointer<cm_buffer>, UnsafeMutablePointer<cm_buffer>, UnsafeMutablePointer<cm_error>) -> Bool
    ) throws(MongoError) -> [Document] {
        try namespace.validated()
        var documents = cm_buffer()
        var reply = cm_buffer()
        var error = cm_error()
        let isDone = body(&documents, &reply, &error)
        defer {
            cm_buffer_free(documents)
            cm_buffer_free(reply)
        }
        guard isDone else { throw MongoError(error, reply: try? reply.document(), operation: verb, namespace: namespace, effect: .read) }
        do {
            return try Document.sequence(validating: documents.bytes)
        } catch {
            throw MongoError(.malformed, "a document in the collection: \(error)", operation: verb, namespace: namespace)
        }
    }

    /// An answer can be a success that is not durable.
    func refuseWriteConcernError(_ reply: Document, _ verb: String, _ namespace: Namespace) throws(MongoError) {
        guard let concern = reply["writeConcernError"]?.documentValue else { return }
        throw MongoError(
            .writeConcern, concern["errmsg"]?.stringValue ?? "write concern not satisfied", code: Int(concern["code"]?.int64Value ?? 0),
            labels: (reply["errorLabels"]?.arrayValue ?? []).compactMap(\.stringValue), operation: verb, namespace: namespace,
            outcome: .unknown)
    }
}

extension cm_buffer {
    var bytes: [UInt8] {
        [UInt8](UnsafeBufferPointer(start: data, count: length))
    }

    func document() throws(BSONError) -> Document {
        try Document(validating: bytes)
    }
}

/// Lays documents out behind each other and gives a view of each; nil becomes an empty view.
func withBytes<R>(_ documents: [Document?], _ body: ([cm_bytes]) -> R) -> R {
    var packed: [UInt8] = []
    for document in documents { packed += document?.bytes ?? [] }
    return packed.withUnsafeBufferPointer { buffer in
        var offset = 0
        let views = documents.map { document in
            let view = cm_bytes(data: buffer.baseAddress.map { $0 + offset }, length: document?.bytes.count ?? 0)
            offset += view.length
            return view
        }
        return body(views)
    }
}
