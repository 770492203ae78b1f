import Synchronization
import Workflow

/// Trace lines on their way to the store: gathered by attempt, closed into chunks by size or age, taken in turn by the trace lane.
///
/// Bounded: an attempt that has `attemptLimit` bytes on their way, or any that has more than a chunk of them while all together have `byteLimit`, waits until chunks are durable.
/// So whoever says little never waits for those who say much. After `close` lines are dropped: the session is gone, and with it the right to write.
final class TraceBuffer: Sendable {
    struct Key: Hashable, Sendable {
        var dagInsId: String
        var taskId: String
        var epoch: Int64
        var attempt: Int

        init(dagInsId: String, taskId: String, epoch: Int64, attempt: Int) {
            (self.dagInsId, self.taskId, self.epoch, self.attempt) = (dagInsId, taskId, epoch, attempt)
        }

        /// The attempt that a document speaks of, if its owner has made it.
        init(_ task: TaskInstance) {
            self.init(dagInsId: task.dagInsId, taskId: task.taskId, epoch: task.version.epoch, attempt: task.attempt)
        }

        /// The same order each time, whatever the order of a dictionary is.
        fileprivate var order: (String, String, Int64, Int) { (dagInsId, taskId, epoch, attempt) }
    }

    struct State {
        /// Attempts that have said something, until they have ended and all of it is durable.
        var attempts: [Key: TraceQueue] = [:]
        /// Attempts with closed chunks, each once: the next in turn is first.
        var turns: [Key] = []
        var bytes = 0
        /// Until when the lane sleeps; `nil` where it waits to be woken.
        var alarm: ContinuousClock.Instant?
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
        var isClosed = false
    }

    let state = Mutex(State())
    private let worker: String
    private let host: any Host
    private let onDue: @Sendable () -> Void
    private let onSettled: @Sendable (TraceBuffer) -> Void
    private let onLate: @Sendable (Key) -> Void

    static let chunkBytes = 64 << 10
    /// How long lines wait for others. The first ones of an attempt wait less, so that a task which speaks early and then works finds them written when it ends.
    static let (firstDelay, delay) = (Duration.milliseconds(10), Duration.milliseconds(200))
    let byteLimit: Int
    let attemptLimit: Int

    /// - Parameters:
    ///   - onDue: called when something waits to be taken, at once or later.
    ///   - onSettled: called when all lines of attempts that have ended became durable, or never will.
    ///   - onLate: called once for an attempt that says something after its end, which is dropped.
    init(
        worker: String, host: any Host = SystemHost(), byteLimit: Int = 8 << 20, attemptLimit: Int = 2 << 20,
        onDue: @escaping @Sendable () -> Void = {}, onSettled: @escaping @Sendable (TraceBuffer) -> Void = { _ in },
        onLate: @escaping @Sendable (Key) -> Void = { _ in }
    ) {
        self.worker = worker
        self.host = host
        self.byteLimit = byteLimit
        self.attemptLimit = attemptLimit
        self.onDue = onDue
        self.onSettled = onSettled
        self.onLate = onLate
    }

    // MARK: Writing

    /// Adds lines, in order; waits for room as often as needed. What a cancelled task has no room for, and what comes after the end of the attempt, is dropped.
    func add(_ lines: [TraceLine], to key: Key, _ life: TraceLife) async {
        var rest = lines[...]
        while !rest.isEmpty {
            let (isDue, goesOn) = life.speaks() ? fill(key, life, &rest) : (false, false)
            if isDue { onDue() }
            if rest.isEmpty { return }
            guard goesOn else { break }
            await wait(for: .room(key))
        }
        if life.isOver, life.isFirstWarning() { onLate(key) }
    }

    /// Takes lines as long as there is room.
    /// - Returns: whether the lane must look, and whether it makes sense to try again with what is left.
    private func fill(_ key: Key, _ life: TraceLife, _ lines: inout ArraySlice<TraceLine>) -> (isDue: Bool, goesOn: Bool) {
        state.withLock { state in
            var isDue = false
            while let line = lines.first {
                if life.isOver || state.isClosed { return (isDue, false) }
                guard hasRoom(key, state) else { return (isDue, !Task.isCancelled) }
                lines.removeFirst()
                let size = TraceQueue.size(of: line)
                state.bytes += size
                switch state.attempts[key, default: TraceQueue(firstSeq: life.firstSeq)].add(line, size, at: host.now) {
                case .nothing: break
                case .began(let due): isDue = setAlarm(due, &state) || isDue
                case .chunkIsFull: isDue = close(key, &state) || isDue
                }
            }
            return (isDue, true)
        }
    }

    func hasRoom(_ key: Key, _ state: State) -> Bool {
        guard let attempt = state.attempts[key] else { return true }
        return attempt.bytes < min(Self.chunkBytes, attemptLimit) || (attempt.bytes < attemptLimit && state.bytes < byteLimit)
    }

    /// - Returns: whether the lane sleeps too long.
    private func setAlarm(_ due: ContinuousClock.Instant, _ state: inout State) -> Bool {
        if let alarm = state.alarm, alarm <= due { return false }
        state.alarm = due
        return true
    }

    /// Makes a chunk of what is open.
    /// - Returns: whether there is something to take now.
    @discardableResult
    private func close(_ key: Key, _ state: inout State) -> Bool {
        let wasWaiting = state.attempts[key]?.hasClosed ?? true
        state.attempts[key]?.close(key, worker: worker)
        guard state.attempts[key]?.hasClosed ?? false else { return false }
        if !wasWaiting { state.turns.append(key) }
        return true
    }

    /// The attempt is over: what it has said is due at once, what it says from now on is dropped.
    func end(_ key: Key, _ life: TraceLife) {
        guard life.ends() else { return }
        let isDue = state.withLock { state in
            life.finish()
            state.attempts[key]?.isEnded = true
            _ = removeIfSettled(key, &state)
            return close(key, &state)
        }
        if isDue { onDue() }
    }

    private func removeIfSettled(_ key: Key, _ state: inout State) -> Bool {
        guard let attempt = state.attempts[key], attempt.isEnded, attempt.isSettled else { return false }
        state.attempts[key] = nil
        return true
    }

    /// Whether no attempt has lines that are not durable yet.
    var isSilent: Bool { state.withLock { $0.attempts.isEmpty } }

    /// Whether all lines of an attempt are durable or will never be.
    func isSettled(_ key: Key) -> Bool {
        state.withLock { state in state.attempts.isEmpty || (state.attempts[key]?.isSettled ?? true) }
    }

    /// Waits until all that an attempt has added is durable, the buffer is closed or the task is cancelled.
    /// - Returns: whether it is durable; `false` once the attempt is over.
    @discardableResult
    func flush(_ key: Key, _ life: TraceLife) async -> Bool {
        if state.withLock({ close(key, &$0) }) { onDue() }
        await wait(for: .settled(key))
        return state.withLock { state in
            !state.isClosed && !life.isOver && (state.attempts[key].map { $0.isSettled && !$0.hasLost } ?? true)
        }
    }

    // MARK: Taking

    /// Whether lines wait, be they due or not.
    var isEmpty: Bool { state.withLock { $0.attempts.values.allSatisfy(\.isSettled) } }

    /// Chunks that are due: one of each attempt in turn, until they have `bytes` together or are `limit`.
    func take(limit: Int, bytes: Int = .max) -> [TraceChunk] {
        let now = host.now
        return state.withLock { state in
            // Who takes asks for the next alarm before it sleeps.
            state.alarm = now
            let due = state.attempts.filter { $0.value.due.map { $0 <= now } ?? false }.map(\.key).sorted { $0.order < $1.order }
            for key in due { close(key, &state) }
            var (taken, size, turn) = ([TraceChunk](), 0, 0)
            while turn < state.turns.count, taken.count < limit, size < bytes {
                let key = state.turns[turn]
                turn += 1
                guard let chunk = state.attempts[key]?.take() else { continue }
                size += chunk.lines.reduce(0) { $0 + TraceQueue.size(of: $1) }
                taken.append(chunk)
                if state.attempts[key]?.hasClosed ?? false { state.turns.append(key) }
            }
            state.turns.removeFirst(turn)
            return taken
        }
    }

    /// When the next chunk falls due; `nil` if nothing waits. Whoever adds something that is due before then says so (`onDue`).
    func nextDue() -> ContinuousClock.Instant? {
        state.withLock { [host] state in
            state.alarm = state.turns.isEmpty ? state.attempts.values.lazy.compactMap(\.due).min() : host.now
            return state.alarm
        }
    }

    /// Chunks that were taken are durable or, where they are refused, will never be.
    func settled(_ chunks: [TraceChunk], refused: Set<String> = []) {
        let (isOver, resumed) = state.withLock { state in
            var isOver = false
            for chunk in chunks {
                let key = Key(dagInsId: chunk.dagInsId, taskId: chunk.taskId, epoch: chunk.epoch, attempt: chunk.attempt)
                state.bytes -= state.attempts[key]?.settle(chunk, isLost: refused.contains(chunk.id)) ?? 0
                if removeIfSettled(key, &state) { isOver = true }
            }
            return (isOver, takeWaiters(&state))
        }
        if isOver { onSettled(self) }
        for waiter in resumed { waiter.continuation.resume() }
    }

    /// Lets go of everything and everybody.
    func close() {
        let resumed = state.withLock { state in
            (state.isClosed, state.attempts, state.turns, state.bytes) = (true, [:], [], 0)
            return takeWaiters(&state)
        }
        for waiter in resumed { waiter.continuation.resume() }
    }
}
