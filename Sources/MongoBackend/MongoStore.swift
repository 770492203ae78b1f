import BSON
import Engine
import MongoDriver
import Workflow

/// The store on MongoDB: one document a record, every write conditional on what makes it right.
struct MongoStore: Store {
    let client: MongoClient
    let collections: Collections
    /// Says what nobody else would.
    let unreadable: UnreadableLog

    func run<R: Sendable>(_ operation: String, _ body: @escaping @Sendable (borrowing Connection) throws -> R) async throws -> R {
        try await StoreError.translating { try await client.run(operation, body) }
    }

    func find(_ operation: String, _ query: Query) async throws -> [Document] {
        try await run(operation) { try $0.find(query) }
    }

    // MARK: Submission

    func submit(_ instance: DagInstance) async throws -> SubmitOutcome {
        let namespace = collections.dagInstance
        let found = try await run("submit") { connection -> Document? in
            do {
                try connection.insertOne(namespace, instance.document)
                return nil
            } catch let error as MongoError where error.isDuplicateKey {
                return try connection.findOne(namespace, filter: ["_id": .string(instance.id)])
            }
        }
        guard let found else { return .created }
        let existing = try DagInstance(FieldReader(document: found, collection: namespace.collection))
        // A resent insert finds its own document: retryable writes and callers that ask again must both see one run.
        return existing == instance ? .created : .existing(existing)
    }

    // MARK: Reading

    func instance(id: String) async throws -> DagInstance? {
        let query = Query(namespace: collections.dagInstance, filter: ["_id": .string(id)], limit: 1)
        guard let document = try await find("instance", query).first else { return nil }
        return try DagInstance(FieldReader(document: document, collection: collections.dagInstance.collection))
    }

    func instances(_ query: InstanceQuery) async throws -> Page<DagInstance> {
        page(try await find("instances", collections.instances(query)))
    }

    func tasks(of dagInsId: String, runEpoch: Int64) async throws -> [TaskInstance] {
        let collections = collections
        let documents = try await run("tasks") { connection in
            var all: [Document] = []
            while true {
                let last = all.last?["_id"]?.stringValue
                let some = try connection.find(collections.tasks(of: dagInsId, runEpoch: runEpoch, after: last, limit: Self.taskPage))
                all += some
                if some.count < Self.taskPage { return all }
            }
        }
        return try documents.map { try TaskInstance(FieldReader(document: $0, collection: collections.taskInstance.collection)) }
    }

    func traces(of dagInsId: String, taskId: String?, after: String?, limit: Int) async throws -> [TraceChunk] {
        let documents = try await find("traces", collections.traces(of: dagInsId, taskId: taskId, after: after, limit: limit))
        return try documents.map { try TraceChunk(FieldReader(document: $0, collection: collections.taskTrace.collection)) }
    }

    /// Tasks read at once: with outputs of 1 MiB each they stay below what the driver takes as one result.
    private static let taskPage = 200

    /// - Parameters:
    ///   - limit: how many were asked for; as many as that are a full page.
    ///   - place: the place of a document in the order of the query.
    func page(_ documents: [Document], limit: Int = .max, place: (Document) -> String? = { $0["_id"]?.stringValue }) -> Page<DagInstance> {
        var page = Page<DagInstance>([], next: documents.count >= limit ? documents.last.flatMap(place) : nil)
        for document in documents {
            let fields = FieldReader(document: document, collection: collections.dagInstance.collection)
            do throws(StoreError) { page.elements.append(try DagInstance(fields)) } catch {
                page.unreadable.append(UnreadableDocument(id: fields.id, collection: fields.collection, problem: error.message))
            }
        }
        return page
    }
}

extension Connection {
    func find(_ query: Query) throws -> [Document] {
        try find(query.namespace, filter: query.filter, sort: query.sort, projection: query.projection, limit: query.limit)
    }
}
