import SQLiteBackend

/// A path in a folder of its own, which is deleted afterwards.
struct TemporaryFile: Sendable {
    let folder: String

    var path: String { folder + "/flow.db" }
    var location: SQLiteLocation { SQLiteLocation(path: path) }

    static func with<R>(_ body: (TemporaryFile) async throws -> R) async throws -> R {
        try await withFolder { try await body(TemporaryFile(folder: $0)) }
    }
}
