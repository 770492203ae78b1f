public import Workflow

/// The life of definitions: what was current when, going back, and whether runs may be submitted and start.
extension Commander {
    /// What was current when, newest first, at most `limit`.
    public func history(of dagId: String, limit: Int = 100) async throws -> [DagRevision] {
        _ = try await dag(dagId)
        return try await store.revisions(of: dagId, limit: limit)
    }

    /// A version of a definition that was current at some time.
    /// - Parameter version: in full, or its first characters, at least four.
    public func version(_ version: String, of dagId: String) async throws -> (version: String, dag: Dag) {
        if let found = try await store.dagVersion(id: dagId, version: version) { return (version, found) }
        let known = version.utf8.count >= 4 ? try await history(of: dagId, limit: 1_000).map(\.version) : []
        let matching = Set(known.filter { $0.hasPrefix(version) }).sorted()
        guard matching.count < 2 else {
            throw CommandError(.invalid, "'\(version)' begins several versions of the DAG '\(dagId)': \(matching.joined(separator: ", "))")
        }
        guard let full = matching.first, let found = try await store.dagVersion(id: dagId, version: full) else {
            throw CommandError(
                .notFound, "there is no version '\(version)' of the DAG '\(dagId)' (commander dag history \(dagId) lists them)")
        }
        return (full, found)
    }

    /// Makes an earlier version the current one. Runs that are under way keep theirs; whether the DAG is stopped or paused stays.
    public func rollback(_ dagId: String, to version: String, author: Author = .thisProcess()) async throws -> ApplyOutcome {
        let current = try await dag(dagId)
        var (_, dag) = try await self.version(version, of: dagId)
        dag.status = current.dag.status
        return try await apply(dag, source: "rollback by \(author.by)")
    }

    /// Lets no new run of a DAG start, or lets them start again. Those that are submitted meanwhile wait.
    public func setPaused(_ isPaused: Bool, dag dagId: String) async throws -> DagRecord {
        try await change(dagId) { $0.isPaused = isPaused }
    }

    /// Whether new runs of a DAG may be submitted.
    public func setStatus(_ status: Dag.Status, dag dagId: String) async throws -> DagRecord {
        try await change(dagId) { $0.status = status }
    }

    private func change(_ dagId: String, _ body: (inout DagState) -> Void) async throws -> DagRecord {
        for _ in 0..<10 {
            let current = try await dag(dagId)
            var state = current.state
            body(&state)
            switch try await store.set(state, of: dagId, expectedRevision: current.revision) {
            case .conflict: continue
            case .unchanged(let record): return record
            case .applied(let record):
                // Whoever gives runs out keeps a list of what is paused: it is read afresh, and runs that have waited may start.
                await keeper.signal([.commands])
                return record
            }
        }
        throw StoreError(.unavailable, "the definition '\(dagId)' is being changed by others all the time; try again")
    }

    // MARK: Pools

    /// Pools, and who has their slots, in order of their names.
    public func pools() async throws -> [PoolUse] {
        let held = Dictionary(grouping: try await keeper.locks().filter { $0.owner != nil }) { Pool.name(ofLock: $0.key) ?? "" }
        return try await store.pools().map { pool in
            PoolUse(pool: pool, holders: held[pool.name, default: []].compactMap { $0.owner?.name }.sorted())
        }
    }

    /// Makes a pool, or changes how many slots it has; whoever has a slot keeps it.
    public func setPool(_ name: String, slots: Int) async throws {
        guard (1...100_000).contains(slots) else { throw CommandError(.invalid, "a pool has 1 to 100000 slots, not \(slots)") }
        guard !name.isEmpty, name.utf8.count <= 100, name.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: ":") }) else {
            throw CommandError(
                .invalid, "the pool's name '\(name.prefix(100))' must have 1 to 100 ASCII characters, without blanks and colons")
        }
        try await store.put(Pool(name: name, slots: slots))
    }

    /// Removes a pool. Tasks that ask for it from then on fail.
    public func deletePool(_ name: String) async throws {
        guard try await store.removePool(name) else {
            throw CommandError(.notFound, "there is no pool '\(name)' (commander pool list shows those that there are)")
        }
    }
}

/// A pool, and who has its slots.
public struct PoolUse: Sendable, Hashable, Codable {
    public var pool: Pool
    /// Who has a slot each, in order.
    public var holders: [String]

    public init(pool: Pool, holders: [String]) {
        self.pool = pool
        self.holders = holders
    }
}

extension Pool {
    /// The pool of which a lock is a slot (`pool:<name>:<number>`); `nil` for other locks.
    static func name(ofLock key: String) -> String? {
        let parts = key.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0] == "pool" && Int(parts[2]) != nil ? String(parts[1]) : nil
    }
}
