import Engine
import Foundation
import SQLiteBackend

/// Where a developer's runs are kept.
struct StorePlace: Sendable, Hashable {
    let url: String
    /// Whether nobody named it: a file in the working directory, which other commands find by themselves.
    let isDefault: Bool

    /// Nothing is kept: the runs end with the process.
    static let memory = StorePlace(url: "sqlite::memory:", isDefault: false)

    private init(url: String, isDefault: Bool) {
        self.url = url
        self.isDefault = isDefault
    }

    /// - Parameter url: what the command line says, which counts before `SWIFTFLOW_URL` of the environment.
    init(url: String?, environment: [String: String]) {
        let named = [url, environment["SWIFTFLOW_URL"]].compactMap(\.self).first { !$0.isEmpty }
        self.init(url: named ?? Backend.embeddedURL, isDefault: named == nil)
    }

    /// Whether runs of this process can be found by a later one.
    var keeps: Bool { self != .memory }

    /// Makes the folder of the default file, which no version control should take in.
    /// - Throws: `NodeError` that names the folder.
    func prepare() throws {
        guard isDefault else { return }
        let folder = URL(filePath: SQLiteLocation.defaultPath).deletingLastPathComponent()
        let ignored = folder.appending(path: ".gitignore")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            if !FileManager.default.fileExists(atPath: ignored.path) { try Data("*\n".utf8).write(to: ignored) }
        } catch {
            throw NodeError.unusable(folder: folder.path, error)
        }
    }
}
