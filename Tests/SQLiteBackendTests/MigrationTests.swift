import Engine
import GRDB
import Testing

@testable import SQLiteBackend

@Suite("SQLite: migrations")
struct MigrationTests {
    private func schema(_ db: Database) throws -> [String] {
        try String.fetchAll(db, sql: "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY type, name")
    }

    @Test("a file of each earlier release becomes the same as a new one", arguments: 0...Migration.all.count)
    func fromEach(_ count: Int) throws {
        let new = try DatabaseQueue()
        let old = try DatabaseQueue()
        try new.write { try Migration.migrate($0) }
        try old.write { db in
            if count > 0 { try Migration.migrate(db, by: Array(Migration.all.prefix(count))) }
            try Migration.migrate(db)
        }
        #expect(try old.read(schema) == new.read(schema))
        #expect(try old.read { try Migration.version(of: $0, path: nil) } == Migration.all.last?.number)
        #expect(try old.read { try Int32.fetchOne($0, sql: "PRAGMA application_id") } == Migration.applicationID)
    }

    @Test("steps are numbered from 1 without gaps")
    func numbers() { #expect(Migration.all.map(\.number) == Array(1...Int32(Migration.all.count))) }

    @Test("a step that fails leaves the file at the version before it")
    func failing() async throws {
        try await withFolder { folder in
            let queue = try DatabaseQueue(path: folder + "/flow.db")
            let bad = Migration(number: 2, sql: "CREATE TABLE more (id INTEGER); CREATE TABLE meta (id INTEGER);")
            try queue.write { try Migration.migrate($0, by: [Migration.all[0]]) }
            #expect(throws: DatabaseError.self) { try queue.write { try Migration.migrate($0, by: [Migration.all[0], bad]) } }
            #expect(try queue.read { try Migration.version(of: $0, path: nil) } == 1)
            #expect(try queue.read { try !$0.tableExists("more") })
        }
    }
}
