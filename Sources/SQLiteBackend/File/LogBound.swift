import GRDB
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Puts the log of a file into the file when it has grown, and begins it anew.
///
/// SQLite would do that by itself, without keeping others from writing meanwhile. Releases before 3.51.3 can damage a file then, if a process puts the log into the file while another begins it anew (the "WAL-reset bug" of SQLite's own
/// documentation). So here it is done with the right to write, which leaves nobody who could. Those who begin to read are made to wait too, for a tenth of a second at the most; where somebody reads for longer, the log grows on and it is tried again.
final class LogBound: Sendable {
    /// From which size on it is begun anew, in bytes.
    private let limit: Int
    private let path: String
    private let next: Atomic<Int>
    private let patience: Patience

    init(path: String, patience: Patience, limit: Int = 8 << 20) {
        self.path = path + "-wal"
        self.patience = patience
        self.limit = limit
        next = Atomic(limit)
    }

    /// Called after each transaction, on the writer's connection.
    func committed(_ db: Database) {
        guard size >= next.load(ordering: .relaxed) else { return }
        patience.shortened { _ = try? db.checkpoint(.truncate) }
        next.store(size + limit, ordering: .relaxed)
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
