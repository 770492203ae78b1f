#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import Logging
import Synchronization
import Workflow

/// Keeps the definitions of a directory current in the store, while this node leads.
///
/// A file is read again only when its size or modification time changed; a file with mistakes is reported and leaves the definition that is there as it is. A definition whose file is removed stays.
final class DagSync: Sendable {
    private struct Stamp: Hashable {
        var size: UInt64
        var modified: Date
    }

    private let directory: String
    private let commander: Commander
    private let known: KnownActions
    private let logger: Logger
    private let seen = Mutex<[String: Stamp]>([:])

    init(directory: String, commander: Commander, known: KnownActions, logger: Logger) {
        self.directory = directory
        self.commander = commander
        self.known = known
        self.logger = logger
    }

    /// Applies the files that are new or changed since the last time that this leader looked.
    func syncChanged() async throws {
        for (path, stamp) in stamps() where seen.withLock({ $0[path] }) != stamp {
            try await sync(path)
            seen.withLock { $0[path] = stamp }
        }
    }

    /// Forgets what it has seen: somebody else may have led since.
    func reset() { seen.withLock { $0 = [:] } }

    private func stamps() -> [(String, Stamp)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted().compactMap { name in
            let path = "\(directory)/\(name)"
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return nil }
            guard (attributes[.type] as? FileAttributeType) == .typeRegular else { return nil }
            let size = (attributes[.size] as? any BinaryInteger).map { UInt64(truncatingIfNeeded: $0) } ?? 0
            return (path, Stamp(size: size, modified: (attributes[.modificationDate] as? Date) ?? Date(timeIntervalSince1970: 0)))
        }
    }

    private func sync(_ path: String) async throws {
        let file = DagFile.read(path, known: known)
        for problem in file.problems { logger.warning("\(problem)") }
        guard let dag = file.dag else { return }
        switch try await commander.apply(dag, source: path) {
        case .applied(let record):
            logger.info("applied a definition", metadata: ["dag": "\(dag.id)", "version": "\(record.version)", "revision": "\(record.revision)"])
        case .unchanged, .conflict: break
        }
    }
}
