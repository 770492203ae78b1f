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
/// A file is read again only when its size, modification time or inode changed, and parsed again only when its content did; a file with mistakes is reported and leaves the definition that is there as it
/// is. A DAG whose file is removed is stopped: nothing new is submitted to it, what waits and runs is left alone. It lives again when a file of its id comes back, here or in another directory.
/// Each DAG has an origin, and a directory never touches one that comes from elsewhere, or was applied by hand.
/// At its first look a leader applies only what the store has never had, so that a change of leader does not undo what somebody applied by hand since.
final class DagSync: Sendable {
    /// What is known of a file.
    struct Known: Sendable {
        var stamp: FileStamp
        /// Hash of the content.
        var hash: String
        /// The definition's id; `nil` if there is none that can be applied.
        var id: String?
        /// Whether this leader has applied it, or has nothing to apply.
        var isDone = false
        /// Whether it was to be applied and could not be: the store may know the version by now, and it is not the current one all the same.
        var mustApply = false
        /// Whether the stamp says that the content is the same.
        var isStampTrusted: Bool
    }

    private struct State {
        var files: [String: Known] = [:]
        /// Which file an id comes from.
        var owners: [String: String] = [:]
        var isFirstLook = true
        /// Files that were missing at the last look.
        var missing: Set<String> = []
        var parsed = 0
    }

    private let directory: String
    /// Whether a DAG whose file is removed is stopped.
    private let stopsRemoved: Bool
    private let commander: Commander
    private let known: KnownActions
    private let limits: DagLimits
    private let events: NodeEvents
    private let logger: Logger
    private let state = Mutex(State())

    /// Files whose definitions are applied in one request: enough that a thousand cost little, and few enough to be held in memory.
    static let batchFiles = 100
    /// A batch ends with the file that makes it larger than this, in bytes.
    static let batchBytes: Int64 = 8 << 20

    init(
        directory: String, commander: Commander, known: KnownActions, limits: DagLimits = DagLimits(), stopsRemoved: Bool = true,
        events: NodeEvents = NodeEvents(), logger: Logger
    ) {
        self.events = events
        self.directory = directory
        self.stopsRemoved = stopsRemoved
        self.commander = commander
        self.known = known
        self.limits = limits
        self.logger = logger
    }

    /// How many times a file was parsed.
    var parsed: Int { state.withLock(\.parsed) }

    /// Applies the files that are new or changed since the last time that this leader looked. What is wrong with one file never keeps another from being applied, nor the leader from its work.
    func syncChanged() async {
        var isComplete = true
        var batch: [(path: String, stamp: FileStamp)] = []
        var bytes: Int64 = 0
        for file in stamps() where needsLook(file.path, file.stamp) {
            batch.append(file)
            bytes += file.stamp.size
            guard batch.count >= Self.batchFiles || bytes >= Self.batchBytes else { continue }
            isComplete = await sync(batch) && isComplete
            (batch, bytes) = ([], 0)
        }
        if !batch.isEmpty { isComplete = await sync(batch) && isComplete }
        // Only when all that is there has been applied: a DAG whose file has a new name has its new origin then.
        if isComplete, await stopRemoved(stamps().map(\.path)) { state.withLock { $0.isFirstLook = false } }
    }

    /// Forgets what it has applied: somebody else may have led since.
    func reset() {
        state.withLock { state in
            state.isFirstLook = true
            state.owners = [:]
            for path in state.files.keys { state.files[path]?.isDone = false }
        }
    }

    private func stamps() -> [(path: String, stamp: FileStamp)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted().compactMap { name in
            let path = "\(directory)/\(name)"
            return FileStamp(path: path).map { (path, $0) }
        }
    }

    private func needsLook(_ path: String, _ stamp: FileStamp) -> Bool {
        state.withLock { state in
            guard let file = state.files[path] else { return true }
            return !file.isDone || !file.isStampTrusted || file.stamp != stamp
        }
    }

    // MARK: A batch

    /// - Returns: whether nothing is left to be tried again.
    private func sync(_ files: [(path: String, stamp: FileStamp)]) async -> Bool {
        var paths: [String] = []
        var definitions: [NewDefinition] = []
        for (path, stamp) in files {
            guard let definition = read(path, stamp) else { continue }
            paths.append(path)
            definitions.append(definition)
        }
        guard !definitions.isEmpty else { return true }
        do {
            guard !state.withLock({ state in paths.contains { state.files[$0]?.mustApply == true } }) else {
                return await oneByOne(paths, definitions)
            }
            let outcomes = try await commander.apply(definitions, onlyUnknown: state.withLock(\.isFirstLook))
            return zip(paths, outcomes).reduce(true) { isComplete, one in report(one.0, one.1) && isComplete }
        } catch {
            // Where it failed as a whole, nobody knows which of them it was.
            return await oneByOne(paths, definitions)
        }
    }

    private func oneByOne(_ paths: [String], _ definitions: [NewDefinition]) async -> Bool {
        var isComplete = true
        for (path, definition) in zip(paths, definitions) where !Task.isCancelled {
            do {
                let onlyUnknown = state.withLock { $0.isFirstLook && $0.files[path]?.mustApply != true }
                let outcomes = try await commander.apply([definition], onlyUnknown: onlyUnknown)
                for outcome in outcomes { isComplete = report(path, outcome) && isComplete }
            } catch {
                isComplete = report(path, .failure(error as? StoreError ?? StoreError(.unavailable, "\(error)"))) && isComplete
                if (error as? StoreError)?.isTransient ?? true { return false }
            }
        }
        return isComplete && !Task.isCancelled
    }

    /// - Returns: whether the file is done with.
    private func report(_ path: String, _ outcome: Result<ApplyOutcome?, StoreError>) -> Bool {
        switch outcome {
        case .success(.applied(let record)?):
            logger.info(
                "applied a definition",
                metadata: ["dag": "\(record.dag.id)", "version": "\(record.version)", "revision": "\(record.revision)"])
            events.tell(.applied(dag: record.dag.id, version: record.version, file: path))
        case .success: break
        case .failure(let error):
            logger.warning("a definition could not be applied", metadata: ["file": "\(path)", "error": "\(error)"])
            if error.isTransient {
                state.withLock { $0.files[path]?.mustApply = true }
                return false
            }
        }
        state.withLock { state in
            state.files[path]?.isDone = true
            state.files[path]?.mustApply = false
        }
        return true
    }

    /// The definition of a file, if there is something to apply.
    private func read(_ path: String, _ stamp: FileStamp) -> NewDefinition? {
        let before = state.withLock { $0.files[path] }
        let isFresh = stamp.isFresh(at: Date())
        let data = FileManager.default.contents(atPath: path)
        let hash = data.map { ContentHash.hex(of: $0) } ?? ""
        if let before, before.isDone, before.hash == hash {
            state.withLock { state in
                state.files[path]?.stamp = stamp
                state.files[path]?.isStampTrusted = !isFresh
            }
            return nil
        }
        let file =
            data.map { DagFile.parse($0, path: path, known: known, limits: limits) }
            ?? DagFile.read(path, known: known, limits: limits)
        for problem in file.problems { logger.warning("\(problem)") }
        let definition = file.dag.flatMap { self.definition($0, path) }
        state.withLock { state in
            state.parsed += 1
            state.files[path] = Known(
                stamp: stamp, hash: hash, id: definition?.dag.id, isDone: definition == nil,
                mustApply: before?.mustApply == true && before?.hash == hash, isStampTrusted: !isFresh)
        }
        return definition
    }

    /// What a file's content is to be applied as; `nil` where its id is another file's.
    private func definition(_ dag: Dag, _ path: String) -> NewDefinition? {
        guard owns(dag.id, path), let version = try? dag.contentVersion() else { return nil }
        let name = Self.name(of: path)
        return NewDefinition(dag: dag, version: version, source: name, origin: DagOrigin(directory: directory, file: name))
    }

    // MARK: Files that are gone

    /// Stops the DAGs of this directory whose files are not there. A new leader looks at all DAGs once, later ones at the files that it knew.
    /// - Returns: whether nothing is left to be tried again.
    private func stopRemoved(_ paths: [String]) async -> Bool {
        // A directory that is not there at all (a volume that is not mounted) says nothing about its files.
        var isDirectory = false
        guard stopsRemoved, FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory else { return true }
        let there = Set(paths)
        let isFirst = state.withLock(\.isFirstLook)
        let gone = state.withLock { state -> Set<String> in
            // Editors replace a file by removing it first: it is gone when it was missing twice.
            let missing = Set(state.files.keys).subtracting(there)
            defer { state.missing = missing }
            return missing.intersection(state.missing)
        }
        guard isFirst || !gone.isEmpty else { return true }
        let kept = isFirst ? there : there.union(state.withLock(\.missing).subtracting(gone))
        do {
            try await commander.stopDags(of: directory, except: Set(kept.map { Self.name(of: $0) })) { record in
                logger.notice(
                    "a DAG is stopped: its file was removed", metadata: ["dag": "\(record.dag.id)", "file": "\(record.source)"])
                events.tell(.stopped(dag: record.dag.id, file: record.source))
            }
        } catch {
            logger.warning("DAGs whose files were removed could not be stopped", metadata: ["error": "\(error)"])
            return false
        }
        state.withLock { state in
            for path in gone {
                if let id = state.files[path]?.id, state.owners[id] == path { state.owners[id] = nil }
                state.files[path] = nil
            }
        }
        return true
    }

    private func owns(_ id: String, _ path: String) -> Bool {
        let owner = state.withLock { state in
            // A file that was renamed has left its id to the new name.
            if let other = state.owners[id], other != path, !FileManager.default.fileExists(atPath: other) { state.owners[id] = nil }
            if state.owners[id] == nil { state.owners[id] = path }
            return state.owners[id]
        }
        if owner != path {
            logger.error(
                "the id of a definition is taken by another file",
                metadata: ["dag": "\(id)", "file": "\(path)", "other": "\(owner ?? "")"])
        }
        return owner == path
    }

    private static func name(of path: String) -> String { String(path.split(separator: "/").last ?? "") }
}
