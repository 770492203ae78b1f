import GRDB
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Keeps the log of a file from growing without end. SQLite begins it anew by itself, but only at a moment when nobody reads; where there is none for long, those who begin to read are made to wait, for a tenth of a second at the most.
final class LogBound: Sendable {
    /// After how many transactions the log is looked at.
    private let interval: Int
    /// From which size on it must be begun anew, in bytes.
    private let limit: Int
    private let path: String
    private let commits = Atomic(0)
    private let patience: Patience

    init(path: String, patience: Patience, limit: Int = 64 << 20, interval: Int = 256) {
        self.path = path + "-wal"
        self.patience = patience
        self.limit = limit
        self.interval = interval
    }

    /// Called after each transaction, on the writer's connection.
    func committed(_ db: Database) {
        let count = commits.add(1, ordering: .relaxed).newValue
        guard count.isMultiple(of: interval), size > limit else { return }
        // Where somebody reads for longer, it is tried again later.
        patience.shortened { _ = try? db.checkpoint(.truncate) }
    }

    var size: Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
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
