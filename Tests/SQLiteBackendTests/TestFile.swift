import Engine
import Foundation
import GRDB
import Logging
import Synchronization
import TestSupport

@testable import SQLiteBackend

/// Gives a test a folder of its own, and removes it.
func withFolder<R>(_ body: (String) async throws -> R) async throws -> R {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("swiftflow-test-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// Opens a file in a folder of its own, and closes it.
func withFile<R>(_ location: SQLiteLocation? = nil, _ body: (SQLiteFile) async throws -> R) async throws -> R {
    try await withFolder { folder in
        let file = try await SQLiteFile.open(location ?? SQLiteLocation(path: folder + "/flow.db"))
        let outcome: Result<R, any Error>
        do { outcome = .success(try await body(file)) } catch { outcome = .failure(error) }
        try file.close()
        return try outcome.get()
    }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension SQLiteFile {
    func keeper() -> SQLiteKeeper { SQLiteKeeper(file: self, logger: quiet) }

    /// What `PRAGMA integrity_check` says.
    func integrity() async throws -> String? { try await read { try String.fetchOne($0, sql: "PRAGMA integrity_check") } }

    /// Makes a table of a test's own.
    func makeTable() async throws {
        try await write { try $0.execute(sql: "CREATE TABLE t (id INTEGER PRIMARY KEY, data BLOB)") }
    }

    func insert(_ id: Int, bytes: Int = 10) async throws {
        try await write { try $0.execute(sql: "INSERT INTO t VALUES (?, randomblob(?))", arguments: [id, bytes]) }
    }

    func ids() async throws -> [Int] { try await read { try Int.fetchAll($0, sql: "SELECT id FROM t ORDER BY id") } }

    /// Runs something while the writer is busy, until so many other writes wait: they go into transactions together.
    func holding(until count: Int, _ body: (inout TaskGroup<StoreError?>) -> Void) async -> [StoreError] {
        await holding(until: { [self] in waitingCount >= count }, body)
    }

    /// Runs something while the writer is busy, until a condition holds.
    func holding(until isDone: @escaping @Sendable () -> Bool, _ body: (inout TaskGroup<StoreError?>) -> Void) async -> [StoreError] {
        let isHeld = Watched(false)
        return await withTaskGroup(of: StoreError?.self) { group in
            group.addTask { [self] in await storeError { try await hold(until: isDone, isHeld) } }
            do { try await isHeld.wait(for: "the writer") { $0 } } catch { return [] }
            body(&group)
            return await group.reduce(into: [StoreError]()) { if let error = $1 { $0.append(error) } }
        }
    }

    private func hold(until isDone: @escaping @Sendable () -> Bool, _ isHeld: Watched<Bool>) async throws {
        try await write { _ in
            isHeld.change { $0 = true }
            let end = ContinuousClock.now + .seconds(20)
            while !isDone(), ContinuousClock.now < end { usleep(200) }
        }
    }
}

func node(_ key: String) -> NodeDescription {
    NodeDescription(key: key, actions: [], flows: [], capacity: 1, host: "h", pid: 1)
}

/// The error of the store that something ends with.
func storeError(_ body: () async throws -> Void) async -> StoreError? {
    do { try await body() } catch { return error as? StoreError }
    return nil
}

/// A host's clock that stands still until a test moves it.
final class BootClock: Sendable {
    private let time: Mutex<Duration>

    init(_ start: Duration = .seconds(1_000)) { time = Mutex(start) }

    var sinceBoot: @Sendable () -> Duration { { self.time.withLock { $0 } } }

    func advance(by duration: Duration) { time.withLock { $0 += duration } }
}
