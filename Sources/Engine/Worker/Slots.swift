import Synchronization
import Workflow

/// The slots of pools, which are shared by the whole cluster: a slot is a mutex, so it is held by a live attempt or by nobody, and that of a dead worker is free when its lease is over.
///
/// On each node one attempt at a time asks for a slot of a pool; the others stand in line behind it, so that many that wait cost no more than one.
final class Slots: Sendable {
    private let keeper: any Keeper
    /// How many slots a pool has; `nil` where there is no such pool.
    private let size: @Sendable (String) async throws -> Int?
    private let ttl: Duration
    private let host: any Host
    private let lines = Mutex<[String: Places]>([:])

    init(keeper: any Keeper, ttl: Duration, host: any Host, size: @escaping @Sendable (String) async throws -> Int?) {
        self.keeper = keeper
        self.size = size
        self.ttl = ttl
        self.host = host
    }

    /// How long to wait at one slot before the others are asked again.
    private static let patience = Duration.seconds(1)

    /// Waits for a slot and runs `body` in it; if the slot is lost the body is cancelled.
    /// - Returns: `nil` where the task was cancelled before.
    /// - Throws: `ActionError` where there is no such pool; what `body` throws; `MutexLost`.
    func withSlot<R: Sendable>(of pool: String, holder: MutexHolder, _ body: @escaping @Sendable () async throws -> R) async throws -> R? {
        let line = lines.withLock { lines in
            let line = lines[pool] ?? Places(1)
            lines[pool] = line
            return line
        }
        guard await line.enter() else { return nil }
        // Whoever has a slot lets the next one ask, before its own work begins.
        let turn = Turn(line)
        defer { turn.end() }
        var backoff = Backoff(host)
        while !Task.isCancelled {
            do {
                guard let count = try await size(pool) else {
                    throw ActionError.doNotRetry("there is no pool '\(pool)' (commander pool set \(pool) SLOTS)")
                }
                if let done = try await ask(pool, count, holder, turn, body) { return done.value }
                backoff.reset()
            } catch let error as StoreError where error.isTransient && !turn.isOver {
                await backoff.wait()
            }
        }
        return nil
    }

    private struct Done<R: Sendable>: Sendable { var value: R }

    /// Asks for each slot once, then waits at one of them for a while.
    private func ask<R: Sendable>(
        _ pool: String, _ count: Int, _ holder: MutexHolder, _ turn: Turn, _ body: @escaping @Sendable () async throws -> R
    ) async throws -> Done<R>? {
        guard count > 0 else {
            try await host.sleep(for: Self.patience)
            return nil
        }
        let first = Int(host.random() % UInt64(count))
        for index in 0..<count {
            let key = Self.key(pool, (first + index) % count)
            let done = try await keeper.withMutexIfFree(key, ttl: ttl, holder: holder) { _ in
                turn.end()
                return Done(value: try await body())
            }
            if let done { return done }
        }
        do {
            return try await keeper.withMutex(Self.key(pool, first), ttl: ttl, timeout: Self.patience, holder: holder) { _ in
                turn.end()
                return Done(value: try await body())
            }
        } catch is MutexTimeout {
            if turn.isOver { throw ActionError("the slot of the pool '\(pool)' was lost") }
            return nil
        }
    }

    /// The name of the lock that a slot is.
    static func key(_ pool: String, _ slot: Int) -> String { "pool:\(pool):\(slot)" }

    /// The turn of the one that asks; ends once.
    private final class Turn: Sendable {
        private let line: Places
        private let over = Mutex(false)

        init(_ line: Places) { self.line = line }

        var isOver: Bool { over.withLock { $0 } }

        func end() {
            if over.withLock({ exchange(&$0, with: true) }) { return }
            line.leave()
        }
    }
}
