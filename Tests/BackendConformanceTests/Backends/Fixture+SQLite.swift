import Engine
import Foundation
import Logging
import Synchronization
import TestSupport

@testable import SQLiteBackend

extension Fixture {
    /// A file of its own for one test, removed afterwards with its folder.
    static func withSQLite(_ body: (Fixture) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "/swiftflow-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let clock = BootClock()
        let location = SQLiteLocation(path: folder + "/flow.db")
        let backend = SQLiteBackend(try await SQLiteFile.open(location, sinceBoot: clock.sinceBoot), quiet)
        let fixture = Fixture(
            store: backend.store, keeper: backend.keeper, pass: { clock.advance(by: $0) }, prefix: folder,
            connect: { try await connection(location, clock, numberIn: folder) })
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(fixture)) } catch { outcome = .failure(error) }
        backend.close()
        try outcome.get()
    }

    /// Another opening of the file, as that of another process.
    private static func connection(_ location: SQLiteLocation, _ clock: BootClock, numberIn folder: String) async throws -> OwnConnection {
        let backend = SQLiteBackend(try await SQLiteFile.open(location, sinceBoot: clock.sinceBoot), quiet)
        let path = folder + "/number"
        let number = StoredNumber(
            read: { (try? String(contentsOfFile: path, encoding: .utf8)).flatMap { Int64($0) } ?? 0 },
            write: { try Data("\($0)".utf8).write(to: URL(fileURLWithPath: path)) })
        return OwnConnection(keeper: backend.keeper, number: number) { backend.close() }
    }
}

/// A host's clock that stands still until a test moves it.
final class BootClock: Sendable {
    private let time = Mutex(Duration.seconds(1_000))

    var sinceBoot: @Sendable () -> Duration { { self.time.withLock { $0 } } }

    func advance(by duration: Duration) { time.withLock { $0 += duration } }
}
