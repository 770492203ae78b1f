import BSON
import Engine
import MongoDriver
import Records
import Workflow

/// The store on MongoDB: one document a record, every write conditional on what makes it right.
struct MongoStore: Store {
    let client: MongoClient
    let collections: Collections
    /// Says what nobody else would.
    let unreadable: UnreadableLog
    /// From which size on definitions are kept in pieces.
    var chunking = KeptVersion.Chunking()
    let known = KnownVersions()

    func run<R: Sendable>(_ operation: String, _ body: @escaping @Sendable (borrowing Connection) throws -> R) async throws -> R {
        try await StoreError.translating { try await client.run(operation, body) }
    }

    func find(_ operation: String, _ query: Query) async throws -> [Document] {
        try await run(operation) { try $0.find(query) }
    }

    // MARK: Submission

    func submit(_ instances: [DagInstance]) async throws -> [SubmitOutcome] {
        guard !instances.isEmpty else { return [] }
        let namespace = collections.dagInstance
        let documents = instances.map(\.document)
        let (outcomes, found) = try await run("submit") { try $0.submit(documents, to: namespace) }
        return try zip(instances, outcomes).map { instance, outcome in
            if let outcome { return outcome }
            guard let document = found[instance.id] else {
                throw StoreError(.unavailable, "the run '\(instance.id)' was there and is gone; submit it again", outcome: .notApplied)
            }
            let existing: DagInstance
            do throws(StoreError) { existing = try DagInstance(FieldReader(document: document, collection: namespace.collection)) } catch {
                return .refused(error.message)
            }
            // A resent insert finds its own document: retryable writes and callers that ask again must both see one run.
            return existing == instance ? .created : .existing(existing)
        }
    }

    // MARK: Reading

    func instance(id: String) async throws -> DagInstance? {
        let query = Query(namespace: collections.dagInstance, filter: ["_id": .string(id)], limit: 1)
        guard let document = try await find("instance", query).first else { return nil }
        return try DagInstance(FieldReader(document: document, collection: collections.dagInstance.collection))
    }

    func instances(_ query: InstanceQuery) async throws -> Page<DagInstance> {
        if let after = query.after, Collections.Place(after) == nil {
            throw StoreError(.refused, "'\(after.prefix(200))' is no place in a list; give what the page before named as next")
        }
        return page(try await find("instances", collections.instances(query)), limit: query.limit, place: Collections.Place.text)
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
    /// Inserts runs, and reads those whose ids were taken.
    /// - Returns: what became of each, `nil` where its id was taken; and the documents that have the ids that were taken.
    fileprivate func submit(_ documents: [Document], to namespace: Namespace) throws -> ([SubmitOutcome?], [String: Document]) {
        var outcomes = [SubmitOutcome?](repeating: .created, count: documents.count)
        var fitting: [Int] = []
        for (index, document) in documents.enumerated() {
            if let why = document.tooLarge { outcomes[index] = .refused(why) } else { fitting.append(index) }
        }
        let result = try bulk(namespace, fitting.map { .insert(documents[$0]) })
        for error in result.errors {
            if error.isTransient { throw StoreError(.unavailable, "\(namespace): \(error.message)", outcome: .unknown) }
            outcomes[fitting[error.index]] = error.isDuplicateKey ? nil : .refused(error.message)
        }
        let taken = documents.indices.filter { outcomes[$0] == nil }.compactMap { documents[$0]["_id"] }
        var found: [String: Document] = [:]
        for start in stride(from: 0, to: taken.count, by: 1_000) {
            let some = Array(taken[start..<min(start + 1_000, taken.count)])
            for document in try find(namespace, filter: ["_id": ["$in": .array(some)]], limit: some.count) {
                if let id = document["_id"]?.stringValue { found[id] = document }
            }
        }
        return (outcomes, found)
    }

    func find(_ query: Query) throws -> [Document] {
        try find(
            query.namespace, filter: query.filter, sort: query.sort, projection: query.projection, limit: query.limit, hint: query.hint)
    }
}
