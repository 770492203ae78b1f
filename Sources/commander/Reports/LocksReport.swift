import Console
import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What `locks` shows.
struct LocksReport: Report {
    struct Entry: Encodable {
        var key: String
        /// `nil` where nobody holds it: it is listed for its trace.
        var holder: String?
        var place: String?
        /// The fencing token of the holder, or of the last one.
        var token: Int64
        var since: Date?
        /// How long the holder still has it without another renewal, by the server's clock.
        var secondsLeft: Double
        /// Whether somebody waits for it.
        var isWanted: Bool
        /// The last times that it was taken from its holder by command, oldest first.
        var forcedReleases: [ForcedRelease]
    }

    var locks: [Entry]

    init(_ locks: [LockStatus]) {
        self.locks = locks.map { lock in
            Entry(
                key: lock.key, holder: lock.owner?.name, place: lock.owner?.place, token: lock.token, since: lock.since,
                secondsLeft: lock.secondsLeft, isWanted: lock.isWanted, forcedReleases: lock.forced)
        }
    }

    func text(_ layout: Layout) -> String {
        let held = locks.filter { $0.holder != nil }
        var lines = held.isEmpty ? ["no lock is held"] : Self.table(held, layout).lines(layout)
        let traces = locks.flatMap { lock in lock.forcedReleases.map { (lock.key, $0) } }
        if !traces.isEmpty { lines += ["", layout.styled("taken away by command:", .bold)] + Self.table(traces, layout).lines(layout) }
        return lines.asText
    }

    private static func table(_ held: [Entry], _ layout: Layout) -> Table {
        var table = Table([
            .init(title: "KEY", isFlexible: true), .init(title: "HOLDER", isFlexible: true), .init(title: "WHERE", isFlexible: true),
            .init(title: "TOKEN", alignment: .right), .init(title: "SINCE"), .init(title: "LEFT", alignment: .right),
            .init(title: "WANTED", isOptional: true),
        ])
        for lock in held {
            table.append([
                .init(lock.key), .init(lock.holder ?? ""), .init(lock.place ?? ""), "\(lock.token)", .init(layout.time(lock.since)),
                .init(TimeText.duration(lock.secondsLeft)), .init(lock.isWanted ? "wanted" : "", .yellow),
            ])
        }
        return table
    }

    private static func table(_ traces: [(key: String, trace: ForcedRelease)], _ layout: Layout) -> Table {
        var table = Table([
            .init(title: "KEY", isFlexible: true), .init(title: "WHEN"), .init(title: "BY", isFlexible: true),
            .init(title: "FROM", isFlexible: true), .init(title: "HOLDER", isFlexible: true), .init(title: "TOKEN", alignment: .right),
            .init(title: "REASON", isFlexible: true, isOptional: true),
        ])
        for (key, trace) in traces {
            table.append([
                .init(key), .init(layout.time(trace.at)), .init(trace.by), .init(trace.host), .init(trace.holder), "\(trace.token)",
                .init(trace.reason),
            ])
        }
        return table
    }
}

/// What `locks release` did.
struct LockReleaseReport: Report {
    var key: String
    /// From whom it was taken, and the token of that holder.
    var holder: String
    var place: String
    var token: Int64
    var reason: String

    init(_ lock: LockStatus, reason: String) {
        key = lock.key
        holder = lock.owner?.name ?? ""
        place = lock.owner?.place ?? ""
        token = lock.token
        self.reason = reason
    }

    func text(_ layout: Layout) -> String {
        DisplayWidth.printable("'\(key)' was taken from \(holder) (\(place)), token \(token)") + "\n"
    }
}
