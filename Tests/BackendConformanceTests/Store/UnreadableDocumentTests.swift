import BSON
import Engine
import MongoDriver
import Testing
import Workflow

@Suite("MongoDB: documents that do not decode")
struct UnreadableDocumentTests {
    private func insert(_ document: Document, into collection: String, _ fixture: Fixture) async throws {
        try await Fixture.withClient { connection, database in
            try connection.insertOne(Namespace(database, fixture.prefix + collection), document)
        }
    }

    @Test("a run that does not decode is reported with its id and field, and the others are still listed")
    func runs() async throws {
        try await Backend.mongoDB.test { fixture in
            _ = try await fixture.store.submit(instance("good"))
            try await insert(
                ["_id": "bad", "status": "init", "createdAt": "yesterday", "version": .int64(0)], into: "dag_instance", fixture)
            for page in [try await fixture.store.pending(limit: 10), try await fixture.store.instances(InstanceQuery())] {
                #expect(page.elements.map(\.id) == ["good"])
                #expect(page.unreadable.map(\.id) == ["bad"])
                #expect(page.unreadable.first?.collection.hasSuffix("dag_instance") == true)
                #expect(page.unreadable.first?.problem.isEmpty == false)
            }
        }
    }

    @Test("an owned run that does not decode is reported to its owner, and leaves the others alone")
    func assigned() async throws {
        try await Backend.mongoDB.test { fixture in
            _ = try await fixture.store.submit(owned("good", by: "s"))
            try await insert(["_id": "bad", "status": "running", "session": "s", "version": "one"], into: "dag_instance", fixture)
            let page = try await fixture.store.assigned(to: "s", after: nil, limit: 10)
            #expect(page.elements.map(\.id) == ["good"])
            #expect(page.unreadable.map(\.id) == ["bad"])
            #expect(try await fixture.store.owned().map(\.id) == ["good"])
        }
    }

    @Test("a task, a trace and a definition that do not decode are errors that name the document")
    func others() async throws {
        try await Backend.mongoDB.test { fixture in
            try await insert(
                ["_id": "run/a", "dagInsId": "run", "version": .int64(1 << 32), "status": "dancing"], into: "task_instance", fixture)
            let error = await #expect(throws: StoreError.self) { try await fixture.store.tasks(of: "run", runEpoch: 0) }
            #expect(error?.kind == .malformed)
            #expect(error?.message.contains("run/a") == true)
            try await insert(["_id": "d", "version": "v1"], into: "dag", fixture)
            let other = await #expect(throws: StoreError.self) { try await fixture.store.dag(id: "d") }
            #expect(other?.kind == .malformed)
        }
    }

    @Test("a command that does not decode is reported and left alone, and the others are still applied")
    func commands() async throws {
        try await Backend.mongoDB.test { fixture in
            _ = try await fixture.store.submit(command("good"))
            try await insert(["_id": "bad", "run": "run", "kind": "dance", "open": true, "at": .date(date(0))], into: "message", fixture)
            let page = try await fixture.store.openCommands(after: nil, limit: 10)
            #expect(page.elements.map(\.command.id) == ["good"] && page.unreadable.map(\.id) == ["bad"])
            #expect(try await fixture.store.openCommands(of: ["run"], limit: 10).map(\.command.id) == ["good"])
        }
    }

    @Test("what is wrong deep in a run's document is named by its path")
    func deep() async throws {
        try await Backend.mongoDB.test { fixture in
            var document: Document = ["_id": "bad", "dagId": "d", "dagVersion": "v", "trigger": "manually", "status": "init"]
            document.append("version", .int64(0))
            document.append("control", ["marks": ["a": ["attempt": "one"]]])
            document.append("createdAt", .date(date(0)))
            try await insert(document, into: "dag_instance", fixture)
            let problem = try await fixture.store.pending(limit: 1).unreadable.first?.problem
            #expect(problem?.contains("'bad'") == true && problem?.contains("control.marks.a.attempt") == true)
        }
    }
}
