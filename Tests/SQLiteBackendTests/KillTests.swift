import Engine
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import SQLiteBackend

@Suite("SQLite: processes that are killed", .timeLimit(.minutes(2)))
struct KillTests {
    /// The program that writes until it is killed; what it printed.
    private func writeUntilKilled(_ url: String, prefix: String, after count: Int) async throws -> [String] {
        let (process, pipe, printed) = (Process(), Pipe(), Watched(Data()))
        let isAtEnd = Watched(false)
        process.executableURL = try Self.program()
        process.arguments = ["submit-without-end", url, "--prefix", prefix]
        process.standardOutput = pipe
        pipe.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            guard data.isEmpty else { return printed.change { $0 += data } }
            handle.readabilityHandler = nil
            isAtEnd.change { $0 = true }
        }
        try process.run()
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(
                try await printed.wait(for: "\(count) runs", within: .seconds(60)) { $0.count { $0 == UInt8(ascii: "\n") } >= count })
        } catch { outcome = .failure(error) }
        kill(process.processIdentifier, SIGKILL)
        try await isAtEnd.wait(for: "the end of what it printed") { $0 }
        try outcome.get()
        // The last line may be cut short.
        return String(decoding: printed.value, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(
            String.init)
    }

    private static func program() throws -> URL {
        let folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        let candidates = [folder, Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent()].map {
            $0.appendingPathComponent("JournalWorker")
        }
        return try #require(candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) }, "JournalWorker is not built")
    }

    @Test("kill -9 in the middle of commits loses nothing that was acknowledged", arguments: SQLiteLocation.Synchronous.allCases)
    func killed(_ synchronous: SQLiteLocation.Synchronous) async throws {
        try await withFolder { folder in
            let path = folder + "/flow.db"
            var acknowledged: [String] = []
            for (round, count) in [1, 40, 300, 1_500].enumerated() {
                acknowledged += try await writeUntilKilled(
                    "sqlite:\(path)?synchronous=\(synchronous.rawValue)", prefix: "r\(round)", after: count)
            }
            let file = try await SQLiteFile.open(SQLiteLocation(path: path), creating: false)
            let kept = Set(try await file.read { try String.fetchAll($0, sql: "SELECT id FROM dag_instance") })
            #expect(acknowledged.count > 1_840)
            #expect(acknowledged.filter { !kept.contains($0) } == [])
            #expect(try await file.integrity() == "ok")
            try file.close()
        }
    }

    @Test("of two processes on one file, one that is killed does not hinder the other")
    func other() async throws {
        try await withFolder { folder in
            let location = SQLiteLocation(path: folder + "/flow.db")
            let file = try await SQLiteFile.open(location)
            let keeper = file.keeper()
            _ = try await keeper.join(node("w"), session: "s", replacing: nil, ttl: .seconds(60))
            let acknowledged = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    while !Task.isCancelled {
                        guard try await keeper.renew(key: "w", session: "s", ttl: .seconds(60)) != nil else {
                            throw StoreError(.refused, "the session is gone")
                        }
                    }
                }
                defer { group.cancelAll() }
                return try await writeUntilKilled("sqlite:\(folder)/flow.db", prefix: "r", after: 300)
            }
            #expect(try await keeper.renew(key: "w", session: "s", ttl: .seconds(60)) != nil)
            #expect(try await file.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM dag_instance") } ?? 0 >= acknowledged.count)
            try file.close()
        }
    }
}
