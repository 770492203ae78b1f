import Synchronization

/// Takes the rows of a stream together to batches of bounded size, or age.
struct RowBatcher<Rows: AsyncSequence & Sendable>: Sendable where Rows.Element: Codable & Sendable {
    private let rows: Rows
    private let policy: BatchPolicy
    private let clock: FlowClock

    init(_ rows: Rows, _ policy: BatchPolicy, _ clock: FlowClock) {
        self.rows = rows
        self.policy = policy
        self.clock = clock
    }

    /// Reads to the end; a batch is handed over after the one before it was taken.
    func run(_ take: ([Rows.Element]) async throws -> Void) async throws {
        if let delay = policy.maxDelay { return try await run(within: delay, take) }
        var batch: [Rows.Element] = []
        var bytes = 0
        for try await row in rows {
            batch.append(row)
            if policy.maxBytes != nil { bytes += RowSize.bytes(of: row) }
            guard batch.count >= policy.maxRows || bytes >= policy.maxBytes ?? .max else { continue }
            try await take(batch)
            batch.removeAll(keepingCapacity: true)
            bytes = 0
        }
        if !batch.isEmpty { try await take(batch) }
    }

    /// One task reads and waits where a batch is full; this one takes batches when they are full, old, or the last.
    private func run(within delay: Duration, _ take: ([Rows.Element]) async throws -> Void) async throws {
        let pending = PendingBatch<Rows.Element>(policy)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [rows] in
                defer { pending.end() }
                for try await row in rows { try await pending.add(row) }
            }
            while try await pending.waitForFirst() {
                try await withThrowingTaskGroup(of: Void.self) { race in
                    race.addTask { try await pending.waitForFull() }
                    race.addTask { [clock] in try await clock.sleep(delay) }
                    try await race.next()
                    race.cancelAll()
                }
                try await take(pending.takeAll())
            }
            try await group.waitForAll()
        }
    }
}

/// The batch that is being filled, between the task that reads and the one that takes.
private final class PendingBatch<Row: Sendable>: Sendable {
    private struct State {
        var rows: [Row] = []
        var bytes = 0
        var hasEnded = false
    }

    private let policy: BatchPolicy
    private let state = Mutex(State())
    /// Woken by rows and by the end, for whoever takes; by room, for whoever reads.
    private let filled = Wake()
    private let emptied = Wake()

    init(_ policy: BatchPolicy) {
        self.policy = policy
    }

    func add(_ row: Row) async throws {
        while state.withLock({ isFull($0) }) { try await emptied.wait() }
        let wakes = state.withLock { state in
            state.rows.append(row)
            if policy.maxBytes != nil { state.bytes += RowSize.bytes(of: row) }
            return state.rows.count == 1 || isFull(state)
        }
        if wakes { filled.signal() }
    }

    func end() {
        state.withLock { $0.hasEnded = true }
        filled.signal()
    }

    /// - Returns: whether there is a row; `false` at the end.
    func waitForFirst() async throws -> Bool {
        while true {
            let (isEmpty, hasEnded) = state.withLock { ($0.rows.isEmpty, $0.hasEnded) }
            if !isEmpty { return true }
            if hasEnded { return false }
            try await filled.wait()
        }
    }

    func waitForFull() async throws {
        while !state.withLock({ isFull($0) || $0.hasEnded }) { try await filled.wait() }
    }

    func takeAll() -> [Row] {
        let rows = state.withLock { state in
            defer {
                state.rows = []
                state.bytes = 0
            }
            return state.rows
        }
        emptied.signal()
        return rows
    }

    private func isFull(_ state: State) -> Bool {
        state.rows.count >= policy.maxRows || state.bytes >= policy.maxBytes ?? .max
    }
}
