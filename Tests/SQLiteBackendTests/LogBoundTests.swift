import Foundation
import GRDB
import Testing

@testable import SQLiteBackend

@Suite("SQLite: the size of the log", .timeLimit(.minutes(1)))
struct LogBoundTests {
    /// A connection whose log is put away after a hundred pages, as that of a node is after more.
    private struct Writer {
        let path: String
        let pool: DatabasePool
        let log = LogBound(patience: Patience(), limit: 100)

        init(path: String) throws {
            self.path = path
            var configuration = Configuration()
            configuration.busyMode = .callback { $0 < 20 }
            pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { [log] db in
                log.watch(db)
                try db.execute(sql: "CREATE TABLE t (id INTEGER PRIMARY KEY, bytes BLOB)")
            }
        }

        /// Writes a megabyte in ten transactions.
        func write() async throws {
            for _ in 0..<10 {
                try await pool.writeWithoutTransaction { [log] db in
                    try db.inTransaction {
                        try db.execute(sql: "INSERT INTO t (bytes) VALUES (zeroblob(100000))")
                        return .commit
                    }
                    log.committed(db)
                }
            }
        }

        /// The size of the log, in bytes.
        var size: Int { (try? FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int) ?? 0 }
        var rows: Int { get async throws { try await pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM t") } ?? 0 } }
    }

    @Test("a log stays as large as it was when it was put away first, however much is written")
    func bound() async throws {
        try await TemporaryFile.with { file in
            let writer = try Writer(path: file.path)
            try await writer.write()
            let first = writer.size
            for _ in 0..<5 { try await writer.write() }
            #expect(writer.size <= first + 500_000 && first < 2_000_000)
            #expect(try await writer.rows == 60)
            try writer.pool.close()
        }
    }

    @Test("a log that somebody's reading lets grow is put away when they have read")
    func reading() async throws {
        try await TemporaryFile.with { file in
            let writer = try Writer(path: file.path)
            let reader = try DatabasePool(path: file.path)
            let snapshot = try reader.makeSnapshot()
            _ = try await snapshot.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM t") }
            for _ in 0..<3 { try await writer.write() }
            let grown = writer.size
            #expect(grown > 3_000_000)
            try snapshot.close()
            for _ in 0..<6 { try await writer.write() }
            #expect(writer.size <= grown + 1_500_000)
            #expect(try await writer.rows == 90)
            try reader.close()
            try writer.pool.close()
        }
    }

    @Test("whoever waits for the end of a reading does not wait long")
    func patience() {
        let patience = Patience()
        #expect(patience.pause(after: 200) != nil)
        patience.shortened { #expect(patience.pause(after: 200) == nil) }
        #expect(patience.pause(after: 200) != nil)
    }
}
