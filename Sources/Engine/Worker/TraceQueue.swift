import Workflow

/// The lines of one attempt that are not durable yet.
struct TraceQueue: Sendable {
    /// What an added line brings about.
    enum Event: Sendable, Hashable {
        case nothing
        /// It is the first of a chunk that is to be closed at this moment.
        case began(due: ContinuousClock.Instant)
        case chunkIsFull
    }

    private var open: [TraceLine] = []
    private var openBytes = 0
    private var nextSeq: Int
    private let firstSeq: Int
    /// When the open chunk is to be closed; `nil` where there is none.
    private(set) var due: ContinuousClock.Instant?
    private var closed: [TraceChunk] = []
    /// Closed chunks up to here were taken.
    private var head = 0
    private var underWay = 0
    /// All that is not durable.
    private(set) var bytes = 0
    /// Nothing more will be added.
    var isEnded = false
    /// Whether the store has refused a chunk.
    private(set) var hasLost = false

    init(firstSeq: Int = 0) {
        self.firstSeq = firstSeq
        nextSeq = firstSeq
    }

    var hasClosed: Bool { head < closed.count }
    var isSettled: Bool { open.isEmpty && !hasClosed && underWay == 0 }

    /// What a line takes in memory and in the store, about.
    static func size(of line: TraceLine) -> Int { line.message.utf8.count + 48 }

    mutating func add(_ line: TraceLine, _ size: Int, at now: @autoclosure () -> ContinuousClock.Instant) -> Event {
        open.append(line)
        openBytes += size
        bytes += size
        if openBytes >= TraceBuffer.chunkBytes { return .chunkIsFull }
        guard open.count == 1 else { return .nothing }
        let due = now() + (nextSeq == firstSeq ? TraceBuffer.firstDelay : TraceBuffer.delay)
        self.due = due
        return .began(due: due)
    }

    /// Makes a chunk of the open lines, if there are any.
    mutating func close(_ key: TraceBuffer.Key, worker: String) {
        guard !open.isEmpty else { return }
        closed.append(
            TraceChunk(
                dagInsId: key.dagInsId, taskId: key.taskId, epoch: key.epoch, attempt: key.attempt, seq: nextSeq, worker: worker,
                lines: open))
        nextSeq += 1
        (open, openBytes, due) = ([], 0, nil)
    }

    /// The next closed chunk.
    mutating func take() -> TraceChunk? {
        guard hasClosed else { return nil }
        let chunk = closed[head]
        head += 1
        underWay += 1
        if head == closed.count { (closed, head) = ([], 0) }
        return chunk
    }

    /// A chunk that was taken is durable or lost.
    /// - Returns: the bytes that are free now.
    mutating func settle(_ chunk: TraceChunk, isLost: Bool) -> Int {
        let size = chunk.lines.reduce(0) { $0 + Self.size(of: $1) }
        underWay -= 1
        bytes -= size
        hasLost = hasLost || isLost
        return size
    }
}
