import CMongo
import Synchronization

/// Owns libmongoc's pool. The threads that use it enter and leave; the last to leave a closed pool destroys it on its own thread, since
/// destroying talks to the server and may block.
///
/// `@unchecked Sendable`: mongoc_client_pool_t is documented as thread-safe, and it is destroyed only when no user is left.
final class ClientPool: @unchecked Sendable {
    private struct State {
        var users = 0
        var streams = 0
        var isClosing = false
        var isDestroyed = false
        var interrupts: [Int: @Sendable () -> Void] = [:]
        var nextInterrupt = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let pool: OpaquePointer
    private let maximumStreams: Int
    /// How long the server lets a stream wait for an insert, in milliseconds: less than the socket timeout, after which a silent connection counts as broken.
    let streamWait: UInt32
    private let state = Mutex(State())

    init(_ configuration: MongoConfiguration) throws(MongoError) {
        try configuration.validateRanges()
        let url = try MongoURL(configuration)
        pool = try url.makePool(configuration)
        streamWait = UInt32(clamping: min(configuration.streamWait.milliseconds, url.socketTimeout / 4 * 3))
        maximumStreams = configuration.maximumStreams
    }

    var isClosing: Bool {
        state.withLock(\.isClosing)
    }

    /// Counts the calling thread in; false when the pool is closing.
    func enter() -> Bool {
        state.withLock { state in
            guard !state.isClosing else { return false }
            state.users += 1
            return true
        }
    }

    /// Counts a thread in that helps another one to its end, also while the pool is closing; false when nobody is left.
    func enterToHelp() -> Bool {
        state.withLock { state in
            guard state.users > 0 else { return false }
            state.users += 1
            return true
        }
    }

    func leave() {
        let mustDestroy = state.withLock { state in
            state.users -= 1
            return state.isClosing && state.users == 0
        }
        if mustDestroy { destroy() }
    }

    /// Takes one of the clients that are set aside for streams.
    func enterStream() throws(MongoError) {
        let isFree = state.withLock { state in
            guard state.streams < maximumStreams else { return false }
            state.streams += 1
            return true
        }
        guard isFree else { throw MongoError(.overloaded, "all \(maximumStreams) wake-up streams are in use (maximumStreams)") }
    }

    func leaveStream() {
        state.withLock { $0.streams -= 1 }
    }

    /// Lends a client to this thread.
    func withClient<R>(_ body: (OpaquePointer) throws -> R) throws -> R {
        guard let client = cm_pool_pop(pool) else {
            throw MongoError(.poolTimeout, "no connection was free within a second")
        }
        defer { cm_pool_push(pool, client) }
        return try body(client)
    }

    /// Lets nobody in any more, and interrupts those who wait for long.
    func beginClosing() {
        let interrupts = state.withLock { state in
            state.isClosing = true
            return exchange(&state.interrupts, with: [:])
        }
        for interrupt in interrupts.values { interrupt() }
    }

    /// Calls `interrupt` when the pool begins to close: at once, where it does already.
    /// - Returns: what `forget` takes.
    func whenClosing(_ interrupt: @escaping @Sendable () -> Void) -> Int {
        let (token, isClosing) = state.withLock { state in
            state.nextInterrupt += 1
            if !state.isClosing { state.interrupts[state.nextInterrupt] = interrupt }
            return (state.nextInterrupt, state.isClosing)
        }
        if isClosing { interrupt() }
        return token
    }

    func forget(_ token: Int) {
        state.withLock { $0.interrupts[token] = nil }
    }

    func waitUntilDestroyed() async {
        await withCheckedContinuation { continuation in
            let isDestroyed = state.withLock { state in
                if !state.isDestroyed { state.waiters.append(continuation) }
                return state.isDestroyed
            }
            if isDestroyed { continuation.resume() }
        }
    }

    private func destroy() {
        cm_pool_destroy(pool)
        let waiters = state.withLock { state in
            state.isDestroyed = true
            return exchange(&state.waiters, with: [])
        }
        for waiter in waiters { waiter.resume() }
    }
}
