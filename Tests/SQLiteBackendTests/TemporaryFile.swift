import SQLiteBackend

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A path in a folder of its own, which is deleted afterwards.
struct TemporaryFile: Sendable {
    let folder: String

    var path: String { folder + "/flow.db" }
    var location: SQLiteLocation { SQLiteLocation(path: path) }

    static func with<R>(_ body: (TemporaryFile) async throws -> R) async throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(path: "swiftflow-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let outcome: Result<R, any Error>
        do { outcome = .success(try await body(TemporaryFile(folder: folder))) } catch { outcome = .failure(error) }
        try? FileManager.default.removeItem(atPath: folder)
        return try outcome.get()
    }
}
