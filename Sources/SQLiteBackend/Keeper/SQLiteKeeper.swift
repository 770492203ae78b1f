import Engine
import GRDB
import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The keeper in a file: each step reads one row, decides, and writes it back, in one transaction. Every expiry is written and judged by the host's clock (`HostClock`).
struct SQLiteKeeper: Keeper {
    let file: SQLiteFile
    let logger: Logger
    let localMutexes = LocalMutexes()
    let hints: HintBoard

    init(file: SQLiteFile, logger: Logger) {
        self.file = file
        self.logger = logger
        hints = HintBoard(path: file.isReadOnly ? nil : file.location.path, logger: logger)
    }

    // MARK: Node sessions

    func join(_ node: NodeDescription, session: String, replacing previous: String?, ttl: Duration) async throws -> JoinOutcome {
        try await file.write(isVital: true) { [clock = file.clock] db in
            let now = clock.milliseconds
            try Rubbish.remove(db, now: now, except: node.key)
            var place = NodePlace(row: try NodeRow.find(db, node.key))
            let outcome = place.join(node, session: session, replacing: previous, ttl: ttl, now: now)
            try place.row?.put(db)
            return outcome
        }
    }

    func renew(key: String, session: String, ttl: Duration) async throws -> Renewal? {
        try await file.write(isVital: true) { [clock = file.clock] db in
            guard var row = try NodeRow.find(db, key), row.isAlive, row.session == session else { return nil }
            let now = clock.milliseconds
            row.expiresAt = now + ttl.milliseconds
            try row.put(db)
            return Renewal(serverTime: Date(milliseconds: now), isDraining: row.isDraining)
        }
    }

    func drain(key: String, session: String) async throws -> Bool { try await change(key, session) { $0.isDraining = true } }

    func resume(key: String, session: String) async throws -> Bool { try await change(key, session) { $0.isDraining = false } }

    func leave(key: String, session: String) async throws { _ = try await change(key, session) { $0.isAlive = false } }

    /// Changes a session that is alive.
    private func change(_ key: String, _ session: String, _ body: @escaping @Sendable (inout NodeRow) -> Void) async throws -> Bool {
        try await file.write { db in
            guard var row = try NodeRow.find(db, key), row.isAlive, row.session == session else { return false }
            body(&row)
            try row.put(db)
            return true
        }
    }

    func declareDead(key: String, session: String) async throws -> Bool {
        try await file.write { [clock = file.clock] db in
            guard var row = try NodeRow.find(db, key), row.isAlive, row.session == session, row.expiresAt <= clock.milliseconds else {
                return false
            }
            row.isAlive = false
            try row.put(db)
            return true
        }
    }

    func nodes() async throws -> [NodeStatus] {
        try await file.read { [clock = file.clock] db in
            // The time is asked for first: a lease that is renewed meanwhile looks older than it is, never expired by mistake.
            let now = clock.milliseconds
            return try NodeRow.all(db).map { $0.status(at: now) }
        }
    }

    // MARK: The leader's lease

    func campaign(key: String, session: String, ttl: Duration) async throws -> Leadership {
        try await file.write(isVital: true) { [clock = file.clock] db in
            let now = clock.milliseconds
            if let lease = try LeaseRow.find(db), lease.session != session, lease.expiresAt > now { return lease.leadership(at: now) }
            let last = try LeaseRow.find(db)
            let new = LeaseRow(
                key: key, session: session, term: (last?.term ?? 0) + (last?.session == session ? 0 : 1), expiresAt: now + ttl.milliseconds)
            try new.put(db)
            return new.leadership(at: now)
        }
    }

    func resign(session: String, term: Int64) async throws {
        try await file.write { [clock = file.clock] db in
            guard var lease = try LeaseRow.find(db), lease.session == session, lease.term == term else { return }
            lease.expiresAt = min(lease.expiresAt, clock.milliseconds)
            try lease.put(db)
        }
    }

    func leader() async throws -> Leadership? {
        try await file.read { [clock = file.clock] db in
            let now = clock.milliseconds
            return try LeaseRow.find(db).flatMap { $0.expiresAt > now ? $0.leadership(at: now) : nil }
        }
    }
}
