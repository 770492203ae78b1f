import BSON
import Engine
import MongoDriver
import Testing
import Workflow

@testable import MongoBackend

@Suite("Definitions above one document")
struct ChunkedDefinitionTests {
    private func dag(_ text: String = "x") -> Dag {
        let params: [String: Value] = ["b": .string(String(repeating: text, count: 300)), "a": ["z": 1, "y": 2.5, "c": [nil, "t"]]]
        return Dag(
            id: "large", vars: ["v": .init(defaultValue: "1"), "u": .init()],
            tasks: (0..<20).map { Dag.Task(id: "t\($0)", actionName: "print", params: params) })
    }

    /// A store that splits what it would not split for years.
    private func small(_ server: FaultyServer) -> MongoStore {
        var store = server.store
        store.chunking = KeptVersion.Chunking(inlineLimit: 1_000, chunkBytes: 2_000)
        return store
    }

    private func chunks(_ server: FaultyServer) async throws -> [String] {
        try await small(server).find("chunks", Query(namespace: server.collections.dagChunk, filter: [:], limit: 1_000)).compactMap {
            $0["_id"]?.stringValue
        }
    }

    private func apply(_ dag: Dag, _ server: FaultyServer, _ revision: Int64? = nil) async throws -> ApplyOutcome {
        try await small(server).apply(dag, version: try dag.contentVersion(), source: "s", expectedRevision: revision)
    }

    @Test("a definition that is kept in chunks comes back as it was, also by a store with other limits")
    func roundTrip() async throws {
        try await FaultyServer.with { server in
            let dag = dag()
            let record = DagRecord(dag: dag, version: try dag.contentVersion(), revision: 1, source: "s")
            #expect(try await apply(dag, server) == .applied(record))
            #expect(try await chunks(server).count > 3)
            for store in [small(server), server.store] {
                #expect(try await store.dag(id: "large") == record)
                #expect(try await store.dagVersion(id: "large", version: record.version) == dag)
                #expect(try await store.dags(after: nil, limit: 10) == [record])
            }
        }
    }

    @Test("a definition below the limit is one document, as it always was")
    func inline() async throws {
        try await FaultyServer.with { server in
            _ = try await server.store.apply(dag(), version: "v", source: "s", expectedRevision: nil)
            #expect(try await chunks(server).isEmpty)
            let document = try await server.store.find("version", server.collections.versions(["large@v"])).first
            #expect(document?.keys == ["_id", "dagId", "version", "definition"])
        }
    }

    @Test("a crash between the chunks and the version leaves nothing that anybody sees, and the next to apply goes on from it")
    func crashBetween() async throws {
        try await FaultyServer.with { (server) async throws in
            let version = try dag().contentVersion()
            // The document that makes the version is the first to go into its collection: what was sent before are the chunks.
            try await server.failing(["insert"], ["closeConnection": true, "namespace": .string("\(server.collections.dagVersion)")]) {
                _ = try? await apply(dag(), server)
            }
            let left = try await chunks(server)
            #expect(left.count > 3)
            #expect(try await server.store.dag(id: "large") == nil)
            #expect(try await server.store.dagVersion(id: "large", version: version) == nil)
            #expect(try await apply(dag(), server) == .applied(DagRecord(dag: dag(), version: version, revision: 1, source: "s")))
            #expect(try await chunks(server).sorted() == left.sorted())
            #expect(try await server.store.dagVersion(id: "large", version: version) == dag())
        }
    }

    @Test("a chunk that is missing or damaged is an error that names it, and applying the definition again brings it back")
    func missingChunk() async throws {
        try await FaultyServer.with { (server) async throws in
            let version = try dag().contentVersion()
            _ = try await apply(dag(), server)
            let namespace = server.collections.dagChunk
            let document = try #require(try await server.store.find("version", server.collections.versions(["large@\(version)"])).first)
            let ids = try #require(document["chunks"]?.arrayValue).compactMap(\.stringValue)
            _ = try await server.store.run("delete") { try $0.deleteOne(namespace, filter: ["_id": .string(ids[1])]) }
            let error = try await storeError { _ = try await server.store.dagVersion(id: "large", version: version) }
            #expect(error.kind == .malformed)
            #expect(error.message.contains("large@\(version)") && error.message.contains("chunk 2 of \(ids.count)"))
            #expect(error.message.contains("'\(ids[1])', is missing"))
            // Definitions that stand beside it are not concerned.
            let other = Dag(id: "other")
            #expect(try await server.store.apply(other, version: "v", source: "s", expectedRevision: nil) != .conflict)
            _ = try await apply(dag(), server, 1)
            #expect(try await server.store.dagVersion(id: "large", version: version) == dag())
            _ = try await server.store.run("damage") {
                try $0.replaceOne(namespace, filter: ["_id": .string(ids[0])], replacement: ["data": .binary(subtype: 0, bytes: [1])])
            }
            let damaged = try await storeError { _ = try await server.store.dagVersion(id: "large", version: version) }
            #expect(damaged.message.contains("chunk 1 of \(ids.count)") && damaged.message.contains("is damaged"))
        }
    }

    @Test("equal definitions have equal chunks, whatever order their dictionaries have")
    func sameChunks() async throws {
        try await FaultyServer.with { server in
            _ = try await apply(dag(), server)
            let first = try await chunks(server)
            var again = dag()
            // Grown and shrunk, so that the dictionary has another order.
            for number in 0..<100 { again.vars["w\(number)"] = .init() }
            for number in 0..<100 { again.vars["w\(number)"] = nil }
            again.id = "large"
            _ = try await apply(again, server, 1)
            #expect(try await chunks(server).sorted() == first.sorted())
        }
    }

    @Test("above what is allowed at all, a definition is refused with its size")
    func tooLarge() async throws {
        try await FaultyServer.with { server in
            var store = server.store
            store.chunking = KeptVersion.Chunking(inlineLimit: 1_000, chunkBytes: 2_000, limit: 5_000)
            let error = try await storeError { _ = try await store.apply(dag(), version: "v", source: "s", expectedRevision: nil) }
            #expect(error.kind == .refused)
            #expect(error.message.contains("the most is 5000"))
            let outcomes = try await store.apply(
                [
                    NewDefinition(dag: dag(), version: "v", source: "s"),
                    NewDefinition(dag: Dag(id: "fine"), version: "v", source: "s"),
                ], onlyUnknown: false)
            if case .success = outcomes[0] { Issue.record("\(outcomes[0])") }
            let fine = try outcomes[1].get()
            #expect(fine == .applied(DagRecord(dag: Dag(id: "fine"), version: "v", revision: 1, source: "s")))
        }
    }
}
