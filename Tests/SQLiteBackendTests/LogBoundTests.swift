import Foundation
import GRDB
import Testing

@testable import SQLiteBackend

@Suite("SQLite: the size of the log", .timeLimit(.minutes(1)))
struct LogBoundTests {
    @Test("a log that somebody's reading lets grow is begun anew when they have read")
    func bound() async throws {
        try await withFile { file in
            try await file.makeTable()
            let path = try #require(file.location.path)
            let (log, patience) = (LogBound(path: path, patience: Patience(), limit: 1 << 20), Patience())
            // Whoever reads keeps what was written since from being begun anew.
            let grown = try await file.whileReading {
                for id in 0..<100 { try await file.insert(id, bytes: 40_000) }
                try await file.look(log)
                return log.size
            }
            #expect(grown > 4 << 20)
            // Not at each transaction: when it has grown by as much again.
            try await file.look(log)
            #expect(log.size == grown)
            for id in 100..<130 { try await file.insert(id, bytes: 40_000) }
            try await file.look(log)
            #expect(log.size == 0)
            #expect(try await file.ids().count == 130)
            #expect(patience.pause(after: 200) != nil)
            patience.shortened { #expect(patience.pause(after: 200) == nil) }
            #expect(patience.pause(after: 200) != nil)
        }
    }
}

extension SQLiteFile {
    /// Does something while another connection reads a state of the file.
    fileprivate func whileReading<R>(_ body: () async throws -> R) async throws -> R {
        let pool = try DatabasePool(path: location.path ?? "")
        let snapshot = try pool.makeSnapshot()
        _ = try await snapshot.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM t") }
        let result = try await body()
        try snapshot.close()
        try pool.close()
        return result
    }

    /// Lets the bound look, on a connection of its own that does not wait for others.
    fileprivate func look(_ log: LogBound) async throws {
        let pool = try DatabasePool(path: location.path ?? "")
        try await pool.writeWithoutTransaction { log.committed($0) }
        try pool.close()
    }
}
