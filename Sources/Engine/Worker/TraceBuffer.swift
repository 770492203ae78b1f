import Synchronization
import Workflow

/// Trace lines on their way to the store: gathered by attempt, closed into chunks by size or age, taken by the recorder.
///
/// Bounded: above `byteLimit` whoever adds waits until chunks are durable. After `close` lines are dropped: the session is gone, and with it the right to write.
final class TraceBuffer: Sendable {
    struct Key: Hashable, Sendable {
        var dagInsId: String
        var taskId: String
        var epoch: Int64
        var attempt: Int

        /// The same order each time, whatever the order of a dictionary is.
        fileprivate var order: (String, String, Int64, Int) { (dagInsId, taskId, epoch, attempt) }
    }

    private struct Open {
        var lines: [TraceLine] = []
        var bytes = 0
        var nextSeq = 0
        var due: ContinuousClock.Instant?
    }

    private struct Waiter {
        /// Waits until this attempt has nothing on its way, or (`nil`) until there is room.
        var key: Key?
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var open: [Key: Open] = [:]
        var closed: [TraceChunk] = []
        /// Chunks closed or being written, by attempt.
        var underWay: [Key: Int] = [:]
        var bytes = 0
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
        /// Attempts of which the store has refused a chunk.
        var lost: Set<Key> = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let worker: String
    private let host: any Host
    private let onDue: @Sendable () -> Void

    static let chunkBytes = 64 << 10
    static let delay = Duration.milliseconds(200)
    let byteLimit: Int

    /// - Parameter onDue: called when something waits to be taken, at once or after `delay`.
    init(worker: String, host: any Host = SystemHost(), byteLimit: Int = 16 << 20, onDue: @escaping @Sendable () -> Void = {}) {
        self.worker = worker
        self.host = host
        self.byteLimit = byteLimit
        self.onDue = onDue
    }

    // MARK: Writing

    func add(_ line: TraceLine, to key: Key) async {
        await waitWhileFull()
        let wasFirst = state.withLock { [host] state in
            // A cancelled task does not wait for room; what it still has to say above the limit is dropped.
            guard !state.isClosed, !(Task.isCancelled && state.bytes >= byteLimit) else { return false }
            var open = state.open[key] ?? Open()
            let wasFirst = open.lines.isEmpty
            if wasFirst { open.due = host.now + Self.delay }
            open.lines.append(line)
            let size = line.message.utf8.count + 48
            open.bytes += size
            state.bytes += size
            if open.bytes >= Self.chunkBytes { close(key, &open, &state) }
            state.open[key] = open
            return wasFirst || open.lines.isEmpty
        }
        if wasFirst { onDue() }
    }

    /// Makes what an attempt has written so far due at once, and forgets the attempt: it has ended.
    func end(_ key: Key) {
        state.withLock { state in
            state.lost.remove(key)
            guard var open = state.open.removeValue(forKey: key) else { return }
            close(key, &open, &state)
        }
    }

    /// Waits until all that an attempt has added is durable, the buffer is closed or the task is cancelled.
    /// - Returns: whether it is durable.
    @discardableResult
    func flush(_ key: Key) async -> Bool {
        state.withLock { state in
            guard var open = state.open[key] else { return }
            close(key, &open, &state)
            state.open[key] = open
        }
        onDue()
        await wait(for: key) { $0.underWay[key] == nil }
        return state.withLock { !$0.isClosed && $0.underWay[key] == nil && !$0.lost.contains(key) }
    }

    private func waitWhileFull() async {
        await wait(for: nil) { [byteLimit] in $0.bytes < byteLimit }
    }

    private func close(_ key: Key, _ open: inout Open, _ state: inout State) {
        guard !open.lines.isEmpty else { return }
        state.closed.append(
            TraceChunk(
                dagInsId: key.dagInsId, taskId: key.taskId, epoch: key.epoch, attempt: key.attempt, seq: open.nextSeq, worker: worker,
                lines: open.lines))
        state.underWay[key, default: 0] += 1
        open.nextSeq += 1
        open.lines = []
        open.bytes = 0
        open.due = nil
    }

    // MARK: Taking

    /// Whether chunks are closed and wait to be taken.
    var hasClosed: Bool { state.withLock { !$0.closed.isEmpty } }

    /// Chunks that are due, at most `limit`.
    func take(limit: Int) -> [TraceChunk] {
        let now = host.now
        return state.withLock { state in
            let due = state.open.filter { $0.value.due.map { $0 <= now } ?? false }.sorted { $0.key.order < $1.key.order }
            for (key, open) in due {
                var closing = open
                close(key, &closing, &state)
                state.open[key] = closing
            }
            let taken = Array(state.closed.prefix(limit))
            state.closed.removeFirst(taken.count)
            return taken
        }
    }

    /// When the next chunk falls due; `nil` if nothing waits.
    var nextDue: ContinuousClock.Instant? {
        state.withLock { [host] state in
            state.closed.isEmpty ? state.open.values.compactMap(\.due).min() : host.now
        }
    }

    /// Chunks that were taken are durable or, where they are refused, will never be.
    func settled(_ chunks: [TraceChunk], refused: Set<String> = []) {
        let resumed = state.withLock { state in
            for chunk in chunks {
                let key = Key(dagInsId: chunk.dagInsId, taskId: chunk.taskId, epoch: chunk.epoch, attempt: chunk.attempt)
                if refused.contains(chunk.id) { state.lost.insert(key) }
                state.bytes -= chunk.lines.reduce(0) { $0 + $1.message.utf8.count + 48 }
                let left = (state.underWay[key] ?? 1) - 1
                state.underWay[key] = left > 0 ? left : nil
            }
            return takeWaiters(&state) { waiter, state in waiter.key.map { state.underWay[$0] == nil } ?? (state.bytes < byteLimit) }
        }
        for waiter in resumed { waiter.continuation.resume() }
    }

    /// Lets go of everything and everybody.
    func close() {
        let resumed = state.withLock { state in
            state.isClosed = true
            state.open = [:]
            state.closed = []
            state.underWay = [:]
            state.bytes = 0
            return takeWaiters(&state) { _, _ in true }
        }
        for waiter in resumed { waiter.continuation.resume() }
    }

    // MARK: Waiting

    private func takeWaiters(_ state: inout State, where isDone: (Waiter, State) -> Bool) -> [Waiter] {
        let done = state.waiters.filter { isDone($0.value, state) }
        for id in done.keys { state.waiters[id] = nil }
        return done.sorted { $0.key < $1.key }.map(\.value)
    }

    private func wait(for key: Key?, until isDone: @escaping @Sendable (borrowing State) -> Bool) async {
        let id: UInt64? = state.withLock { state in
            if state.isClosed || isDone(state) { return nil }
            state.nextWaiter += 1
            return state.nextWaiter
        }
        guard let id else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isClosed || Task.isCancelled || isDone(state) { return true }
                    state.waiters[id] = Waiter(key: key, continuation: continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
        }
    }
}
