import Engine
import GRDB

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A file belongs to one host at a time, and its times to one boot of it.
struct HostClaim: Sendable, Equatable {
    /// Who had the file last.
    struct Holder: Sendable, Equatable {
        var host: HostFacts
        var anchor: Date
    }

    enum Decision: Sendable, Equatable {
        /// The boot that has the file already: its anchor counts.
        case keep(anchor: Date)
        /// Nobody of the boot that had it lives any more: all leases are over.
        case take
        /// Another host may be using it.
        case refuse
    }

    let host: HostFacts
    /// The time of this boot by the wall clock.
    let bootedAt: Date

    /// - Parameters:
    ///   - now: the wall clock's time.
    ///   - sinceBoot: how long the host has been up.
    init(host: HostFacts, now: Date, sinceBoot: Duration) {
        self.host = host
        let (seconds, attoseconds) = sinceBoot.components
        let booted = now.timeIntervalSince1970 - Double(seconds) - Double(attoseconds) / 1e18
        // In whole milliseconds, as it is kept.
        bootedAt = Date(timeIntervalSince1970: (booted * 1_000).rounded(.down) / 1_000)
    }

    /// - Parameter isInUse: whether sessions are alive in the file by name.
    func decide(holder: Holder?, isInUse: Bool, takingOver: Bool) -> Decision {
        guard let holder else { return .take }
        // The same boot is the same kernel: one clock, and locks that hold for all.
        if holder.host.boot == host.boot { return .keep(anchor: holder.anchor) }
        return holder.host.id == host.id || !isInUse || takingOver ? .take : .refuse
    }

    /// The anchor, where nothing needs to be written for it.
    func standing(_ db: GRDB.Database) throws -> Date? {
        guard case .keep(let anchor) = decide(holder: try Self.holder(db), isInUse: true, takingOver: false) else { return nil }
        return anchor
    }

    /// Takes the file for this host and boot, or finds that it has it; in a transaction.
    /// - Returns: the anchor of the host's clock.
    /// - Throws: `StoreError` of the kind `.misconfigured` where another host may be using it.
    func make(_ db: GRDB.Database, takingOver: Bool, sinceBoot: Duration, path: String?) throws -> Date {
        let holder = try Self.holder(db)
        let sessions = try String.fetchAll(db, sql: "SELECT key FROM heartbeat WHERE is_alive = 1 ORDER BY key LIMIT 20")
        switch decide(holder: holder, isInUse: !sessions.isEmpty, takingOver: takingOver) {
        case .keep(let anchor): return anchor
        case .refuse: throw refusal(holder, sessions, path)
        case .take:
            try endLeases(db, at: HostClock(anchor: bootedAt, sinceBoot: { sinceBoot }).milliseconds)
            try write(db)
            return bootedAt
        }
    }

    private func endLeases(_ db: GRDB.Database, at now: Int64) throws {
        for table in ["heartbeat", "election", "mutex"] {
            try db.execute(sql: "UPDATE \(table) SET expires_at = min(expires_at, ?)", arguments: [now])
        }
    }

    private func write(_ db: GRDB.Database) throws {
        let anchor = Int64((bootedAt.timeIntervalSince1970 * 1_000).rounded())
        for (key, value) in [("host", host.id), ("host_name", host.name), ("boot", host.boot), ("anchor", String(anchor))] {
            try db.execute(
                sql: "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                arguments: [key, value])
        }
    }

    private static func holder(_ db: GRDB.Database) throws -> Holder? {
        var values: [String: String] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT key, value FROM meta") { values[row["key"]] = row["value"] }
        guard let id = values["host"], let boot = values["boot"], let anchor = values["anchor"].flatMap({ Int64($0) }) else { return nil }
        return Holder(
            host: HostFacts(id: id, name: values["host_name"] ?? id, boot: boot),
            anchor: Date(timeIntervalSince1970: Double(anchor) / 1_000))
    }

    private func refusal(_ holder: Holder?, _ sessions: [String], _ path: String?) -> StoreError {
        let url = "sqlite:\(path ?? ":memory:")"
        return StoreError(
            .misconfigured,
            """
            '\(path ?? ":memory:")' belongs to the host '\(holder?.host.name ?? "?")', where these nodes use it: \(sessions.joined(separator: ", ")). \
            Stop them there; or copy the runs with `commander export` there and `commander import` here; \
            or, where that host is gone for good, take the file over with '\(url)?takeover=true'
            """)
    }
}
