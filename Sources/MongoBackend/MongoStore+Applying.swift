import BSON
import Engine
import MongoDriver
import Records
import Workflow

/// Making definitions current: whatever is said, versions first, since nothing may point to one that is not there.
extension MongoStore {
    func apply(_ dag: Dag, version: String, source: String, expectedRevision: Int64?) async throws -> ApplyOutcome {
        let new = NewDefinition(dag: dag, version: version, source: source)
        let (collections, chunking) = (collections, chunking)
        return try await run("apply") { connection in
            let head = try connection.heads(of: [dag.id], collections)[dag.id]?.get()
            if head?.matches(new) != true, head?.revision != expectedRevision { return .conflict }
            if try connection.missing([new], collections).isEmpty == false {
                try connection.keep([try KeptVersion(new, chunking)], collections)
            }
            if let head, head.matches(new) { return .unchanged(head.record(dag)) }
            let isDone = try connection.point(to: [(new, head)], collections)[0]
            return isDone ? .applied(new.record(after: head)) : .conflict
        }
    }

    func apply(_ definitions: [NewDefinition], onlyUnknown: Bool) async throws -> [Result<ApplyOutcome?, StoreError>] {
        guard !definitions.isEmpty else { return [] }
        let (collections, chunking) = (collections, chunking)
        return try await run("applyAll") { connection in
            let heads = try connection.heads(of: definitions.map(\.dag.id), collections)
            let missing = try connection.missing(definitions, collections)
            var outcomes = [Result<ApplyOutcome?, StoreError>?](repeating: nil, count: definitions.count)
            var kept: [KeptVersion] = []
            var pointed: [(index: Int, head: DagHead?)] = []
            for (index, new) in definitions.enumerated() {
                do {
                    let head = try heads[new.dag.id]?.get()
                    if let head, let refusal = new.refusal(current: head.origin, source: head.source) {
                        outcomes[index] = .failure(refusal)
                        continue
                    }
                    let isMissing = missing.contains(Dag.versionKey(id: new.dag.id, version: new.version))
                    if isMissing { kept.append(try KeptVersion(new, chunking)) }
                    if let head, head.matches(new) {
                        outcomes[index] = .success(.unchanged(head.record(new.dag)))
                    } else if onlyUnknown, let head, !isMissing, !new.revives(head.origin) {
                        outcomes[index] = .success(nil)
                    } else {
                        pointed.append((index, head))
                    }
                } catch let error as StoreError {
                    outcomes[index] = .failure(error)
                } catch {
                    outcomes[index] = .failure(StoreError(.refused, "the definition '\(new.dag.id)' cannot be stored: \(error)"))
                }
            }
            let done: [Bool]
            do {
                try connection.keep(kept, collections)
                done = try connection.point(to: pointed.map { (definitions[$0.index], $0.head) }, collections)
            } catch {
                // A version that is kept now is not unknown any more, so each must hear that it is not current yet.
                let why = StoreError.of(error)
                for place in pointed { outcomes[place.index] = .failure(why) }
                return outcomes.map { $0 ?? .success(nil) }
            }
            for (place, isDone) in zip(pointed, done) {
                let record = definitions[place.index].record(after: place.head)
                outcomes[place.index] = .success(isDone ? .applied(record) : .conflict)
            }
            return outcomes.map { $0 ?? .success(nil) }
        }
    }

    func keepVersions(_ definitions: [NewDefinition]) async throws {
        guard !definitions.isEmpty else { return }
        let (collections, chunking) = (collections, chunking)
        try await run("keepVersions") { connection in
            let missing = try connection.missing(definitions, collections)
            var wrong: (any Error)?
            for new in definitions where missing.contains(Dag.versionKey(id: new.dag.id, version: new.version)) {
                // One by one: a bulk of the largest would be more than one message takes, and they are few.
                do { try connection.keep([try KeptVersion(new, chunking)], collections) } catch let error as StoreError
                    where error.kind == .refused
                {
                    wrong = wrong ?? error
                }
            }
            if let wrong { throw wrong }
        }
    }
}

extension Connection {
    /// The current definitions of some ids, without their content; one that does not decode is an error of its own.
    func heads(of ids: [String], _ collections: Collections) throws -> [String: Result<DagHead, StoreError>] {
        var heads: [String: Result<DagHead, StoreError>] = [:]
        for document in try find(collections.heads(of: ids)) {
            let fields = FieldReader(document: document, collection: collections.dag.collection)
            heads[fields.id] = Result { () throws(StoreError) in try DagHead(fields) }
        }
        return heads
    }

    /// The keys of those versions that the store does not have, or not whole.
    fileprivate func missing(_ definitions: [NewDefinition], _ collections: Collections) throws -> Set<String> {
        let keys = definitions.map { Dag.versionKey(id: $0.dag.id, version: $0.version) }
        var missing = Set(keys)
        for document in try find(collections.versionsKept(keys)) {
            let fields = FieldReader(document: document, collection: collections.dagVersion.collection)
            let chunks = Set(try fields.strings("chunks"))
            let found = chunks.isEmpty ? 0 : try find(collections.chunksKept(chunks.sorted())).count
            if found == chunks.count { missing.remove(fields.id) }
        }
        return missing
    }

    private func insertUnlessThere(_ document: Document, _ namespace: Namespace) throws {
        let result = try bulk(namespace, [.insert(document)])
        guard let error = result.errors.first, !error.isDuplicateKey else { return }
        throw StoreError(error.isTransient ? .unavailable : .refused, "\(namespace): \(error.message)", outcome: .unknown)
    }

    /// Keeps versions, those that are there already included: the chunks of one that lost some come back.
    fileprivate func keep(_ versions: [KeptVersion], _ collections: Collections) throws {
        guard !versions.isEmpty else { return }
        // One request each: two of them may be more than one message takes.
        for version in versions {
            for chunk in version.chunks { try insertUnlessThere(chunk, collections.dagChunk) }
        }
        let result = try bulk(collections.dagVersion, versions.map { .insert($0.document) })
        if let error = result.errors.first(where: { !$0.isDuplicateKey }) {
            throw StoreError(
                error.isTransient ? .unavailable : .refused, "\(versions[error.index].key) cannot be kept: \(error.message)",
                outcome: .unknown)
        }
    }

    /// Points ids to definitions, where they still have the revision that was seen.
    /// - Returns: for each whether that took place.
    fileprivate func point(to definitions: [(new: NewDefinition, head: DagHead?)], _ collections: Collections) throws -> [Bool] {
        guard !definitions.isEmpty else { return [] }
        try remember(definitions.compactMap(\.head), collections)
        let operations = definitions.map { new, head -> WriteOperation in
            guard let head else { return .insert(new.document(after: nil)) }
            return .replaceOne(
                filter: ["_id": .string(new.dag.id), "revision": .int64(head.revision)], replacement: new.document(after: head))
        }
        let result = try bulk(collections.dag, operations)
        if let error = result.errors.first(where: { !$0.isDuplicateKey }) {
            throw StoreError(error.isTransient ? .unavailable : .refused, "\(collections.dag): \(error.message)", outcome: .unknown)
        }
        var isDone = [Bool](repeating: true, count: definitions.count)
        for error in result.errors { isDone[error.index] = false }
        let updates = definitions.indices.filter { definitions[$0].head != nil }
        guard result.matched < updates.count else { return isDone }
        // The reply has only totals: who missed is read back.
        let heads = try heads(of: updates.map { definitions[$0].new.dag.id }, collections)
        for index in updates {
            let (new, before) = definitions[index]
            let head = try? heads[new.dag.id]?.get()
            isDone[index] = head.map { $0.matches(new) && $0.revision == (before?.revision ?? 0) + 1 } ?? false
        }
        return isDone
    }

    /// Keeps what is about to be replaced. Before, not after: so nothing is missing in the history, whoever dies in between.
    func remember(_ heads: [DagHead], _ collections: Collections) throws {
        guard !heads.isEmpty else { return }
        let result = try bulk(collections.dagHistory, heads.map { .insert($0.kept) })
        if let error = result.errors.first(where: { !$0.isDuplicateKey }) {
            throw StoreError(error.isTransient ? .unavailable : .refused, "\(collections.dagHistory): \(error.message)", outcome: .unknown)
        }
    }
}
