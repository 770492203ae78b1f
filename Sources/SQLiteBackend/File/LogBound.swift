import GRDB
import GRDBSQLite
import Synchronization

/// Puts the log of a file into the file when it has grown, and lets it begin anew.
///
/// SQLite would do that by itself, without keeping others from writing meanwhile. Releases before 3.51.3 can damage a file then, if a process puts the log into the file while another begins it anew (the "WAL-reset bug" of SQLite's own
/// documentation). So here it is done with the right to write, which leaves nobody who could. Those who begin to read are made to wait too, for a tenth of a second at the most; where somebody reads for longer, the log grows on and it is tried again.
final class LogBound: Sendable {
    /// After how many pages of 4 KiB it is put away.
    private let limit: Int
    private let pages = Atomic(0)
    private let next: Atomic<Int>
    private let patience: Patience

    init(patience: Patience, limit: Int = 2_000) {
        self.patience = patience
        self.limit = limit
        next = Atomic(limit)
    }

    /// From now on a connection counts the pages of the log, and puts none of them away by itself. The bound must live as long as the connection writes.
    func watch(_ db: Database) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_wal_hook(
            db.sqliteConnection,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<LogBound>.fromOpaque(context).takeUnretainedValue().pages.store(Int(pages), ordering: .relaxed)
                return SQLITE_OK
            }, context)
    }

    /// Called after each transaction, on the connection that is watched.
    func committed(_ db: Database) {
        let count = pages.load(ordering: .relaxed)
        guard count >= next.load(ordering: .relaxed) else { return }
        var isAnew = false
        patience.shortened { isAnew = (try? db.checkpoint(.restart)) != nil }
        next.store(isAnew ? limit : count + limit, ordering: .relaxed)
    }
}

/// How often the writer's connection looks whether a file is free.
final class Patience: Sendable {
    private let looks = Atomic(Pause.looks)

    /// How long to sleep before the next look; `nil`: no longer.
    func pause(after count: Int) -> Duration? {
        Pause.untilNextLook(after: count, of: looks.load(ordering: .relaxed), chance: .random(in: 0..<1))
    }

    /// Does something for which nobody should wait long.
    func shortened(_ body: () -> Void) {
        looks.store(100, ordering: .relaxed)
        body()
        looks.store(Pause.looks, ordering: .relaxed)
    }
}
