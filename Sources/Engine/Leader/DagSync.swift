import Logging
import Synchronization
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Keeps the definitions of a directory current in the store, while this node leads.
///
/// A file is read again only when its size or modification time changed; a file with mistakes is reported and leaves the definition that is there as it is. A definition whose file is removed stays.
/// At its first look a leader applies only what the store has never had, so that a change of leader does not undo what somebody applied by hand since.
final class DagSync: Sendable {
    private struct Stamp: Hashable {
        var size: UInt64
        var modified: Date
    }

    private let directory: String
    private let commander: Commander
    private let known: KnownActions
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var seen: [String: Stamp] = [:]
        /// Which file an id comes from.
        var owners: [String: String] = [:]
        var isFirstLook = true
    }

    init(directory: String, commander: Commander, known: KnownActions, logger: Logger) {
        self.directory = directory
        self.commander = commander
        self.known = known
        self.logger = logger
    }

    /// Applies the files that are new or changed since the last time that this leader looked. What is wrong with one file never keeps another from being applied, nor the leader from its work.
    func syncChanged() async {
        var isComplete = true
        for (path, stamp) in stamps() where state.withLock({ $0.seen[path] }) != stamp {
            do { try await sync(path) } catch {
                logger.warning("a definition could not be applied", metadata: ["file": "\(path)", "error": "\(error)"])
                if (error as? StoreError)?.isTransient ?? true {
                    isComplete = false
                    continue
                }
            }
            state.withLock { $0.seen[path] = stamp }
        }
        if isComplete { state.withLock { $0.isFirstLook = false } }
    }

    /// Forgets what it has seen: somebody else may have led since.
    func reset() { state.withLock { $0 = State() } }

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
        let owner = state.withLock { state in
            if state.owners[dag.id] == nil { state.owners[dag.id] = path }
            return state.owners[dag.id]
        }
        guard owner == path else {
            return logger.error(
                "the id of a definition is taken by another file",
                metadata: ["dag": "\(dag.id)", "file": "\(path)", "other": "\(owner ?? "")"])
        }
        if state.withLock(\.isFirstLook), try await commander.hasVersion(of: dag) { return }
        switch try await commander.apply(dag, source: String(path.split(separator: "/").last ?? "")) {
        case .applied(let record):
            logger.info(
                "applied a definition", metadata: ["dag": "\(dag.id)", "version": "\(record.version)", "revision": "\(record.revision)"])
        case .unchanged, .conflict: break
        }
    }
}
