import Engine

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A process and the machine that it runs on: what it does is one job after the other, when the world lets it; its clock is its own.
///
/// It can be paused (as by SIGSTOP), slowed down, and killed. A killed process leaves no trace: all its tasks are cancelled and run to their end at once, and nothing that they do is seen any more.
///
/// `@unchecked Sendable`: see `World`.
final class Machine: TaskExecutor, Host, @unchecked Sendable {
    let world: World
    let name: String
    /// How far its monotonic clock is from true time, and how much faster it runs.
    private let offset: Int64
    private let rate: Double
    /// How wrong its wall clock is, in seconds.
    var wallSkew: Double
    /// Which server it takes for the primary.
    var server: Server
    private(set) var isDead = false
    var isPaused = false
    /// The time that each job takes, at most, while the machine is busy with something else; in nanoseconds.
    var slowness: Int64 = 0
    private var isBusy = false
    /// At which call to the store, counted from now, the process is to die, and when exactly.
    var doom: (calls: Int, moment: Moment)?

    /// When, during a call, a process dies.
    enum Moment: CaseIterable, Sendable {
        /// The request is never sent.
        case beforeSending
        /// The server has carried it out, or part of it, and the answer is never read.
        case beforeAnswer
        /// The answer was read, and nothing came of it.
        case afterAnswer
    }
    /// When it was last paused for long, cut off or slowed down: what ran then may run beside its successor.
    var isExcused = false

    private var jobs: [UnownedJob] = []
    private var head = 0
    private var sleepers: [World.Token: UnsafeContinuation<Void, any Error>] = [:]
    /// Calls to the store that have no answer yet.
    private var calls: [World.Token: (any Error) -> Void] = [:]
    private var root: Task<Void, Never>?
    private(set) var hasEnded = false

    private static let epoch = ContinuousClock.now

    init(_ name: String, world: World, server: Server, offset: Int64 = 0, rate: Double = 1, wallSkew: Double = 0) {
        self.name = name
        self.world = world
        self.server = server
        self.offset = offset
        self.rate = rate
        self.wallSkew = wallSkew
        world.add(self)
    }

    /// Starts the program of this machine.
    func start(_ body: @escaping @Sendable () async -> Void) {
        root = Task(executorPreference: self) {
            await body()
            self.hasEnded = true
            self.root = nil
        }
    }

    // MARK: Jobs

    func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }

    var canRun: Bool { head < jobs.count && !isPaused && !isBusy }

    func runOneJob() {
        // Mostly in order; now and then another one first, since a real node has several threads.
        if jobs.count - head > 1, world.index(below: 8) == 0 { jobs.swapAt(head, head + world.index(below: jobs.count - head)) }
        let job = jobs[head]
        head += 1
        if head == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            head = 0
        }
        job.runSynchronously(on: asUnownedTaskExecutor())
        guard slowness > 0 else { return }
        isBusy = true
        world.after(Int64(world.number(0...1) * Double(slowness))) { self.isBusy = false }
    }

    /// Ends the process at this very moment.
    func kill() {
        guard !isDead else { return }
        isDead = true
        let (unanswered, root) = (calls.sorted { $0.key < $1.key }, root)
        calls = [:]
        root?.cancel()
        for (_, fail) in unanswered { fail(CancellationError()) }
        var left = 1_000_000
        while head < jobs.count, left > 0 {
            let job = jobs[head]
            head += 1
            left -= 1
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
        world.remove(self)
    }

    // MARK: The host of a node

    private static func instant(_ nanoseconds: Int64) -> ContinuousClock.Instant { epoch.advanced(by: .nanoseconds(nanoseconds)) }

    private var localTime: Int64 { offset + Int64(Double(world.time) * rate) }

    var now: ContinuousClock.Instant { Self.instant(localTime) }

    /// The wall clock, which nothing may rely on.
    var wallClock: Date { Server.date(world.time).addingTimeInterval(wallSkew) }

    func random() -> UInt64 { world.random.next() }

    func sleep(until deadline: ContinuousClock.Instant) async throws {
        let token = world.token()
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
                if isDead || Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
                sleepers[token] = continuation
                let components = (deadline - now).components
                let local = Double(components.seconds) * 1e9 + Double(components.attoseconds / 1_000_000_000)
                world.after(Int64(local / rate) + 1) { self.sleepers.removeValue(forKey: token)?.resume() }
            }
        } onCancel: {
            sleepers.removeValue(forKey: token)?.resume(throwing: CancellationError())
        }
    }

    // MARK: Calls

    /// Counts a call, and says whether the process is to die in it.
    func callBegins() -> Moment? {
        guard let doom else { return nil }
        self.doom = doom.calls > 0 ? (doom.calls - 1, doom.moment) : nil
        return doom.calls > 0 ? nil : doom.moment
    }

    /// Dies when the job that runs now is done.
    func killSoon() { world.after(0) { self.onDeath() } }

    /// What the world does when the process dies by its own doom.
    var onDeath: () -> Void = {}

    func begin(_ token: World.Token, onDeath: @escaping (any Error) -> Void) { calls[token] = onDeath }

    /// - Returns: whether the call was still waiting for its answer.
    func end(_ token: World.Token) -> Bool { calls.removeValue(forKey: token) != nil }
}
