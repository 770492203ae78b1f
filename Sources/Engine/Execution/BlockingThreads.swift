import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A fixed number of threads for work that blocks: file reading, C libraries, long computations.
///
/// `run` moves a whole asynchronous body onto them (as its preferred task executor), so that it never holds up the cooperative pool on which the node's own work runs.
public final class BlockingThreads: Sendable {
    private let executor: ThreadExecutor

    /// - Parameter count: how many threads at most, at least one. A thread is started when work waits and no other is free.
    public init(count: Int) {
        executor = ThreadExecutor(count: max(count, 1))
    }

    /// Runs `body` on these threads.
    public func run<R: Sendable>(_ body: @Sendable () async throws -> R) async rethrows -> R {
        try await withTaskExecutorPreference(executor) { try await body() }
    }

    deinit { executor.stop() }
}

/// The queue behind `BlockingThreads`. It is unbounded, as every executor's must be (a job that is refused can never be resumed); what bounds it is the number of tasks that a node runs at once.
private final class ThreadExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var head = 0
        var stopped = false
        var threads = 0
        var idleThreads = 0
    }

    private let shared: Shared

    init(count: Int) { shared = Shared(limit: count) }

    func enqueue(_ job: consuming ExecutorJob) { shared.push(UnownedJob(job), of: self) }

    func stop() { shared.stop() }

    /// The jobs and the condition on which threads wait for them. Threads hold this, not the executor, so that letting go of the executor ends them.
    ///
    /// `@unchecked Sendable`: all of its mutable state is touched only with the pthread mutex held.
    private final class Shared: @unchecked Sendable {
        private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        private var state = State()
        private let limit: Int

        init(limit: Int) {
            self.limit = limit
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(condition, nil)
        }

        deinit {
            pthread_cond_destroy(condition)
            pthread_mutex_destroy(mutex)
            condition.deallocate()
            mutex.deallocate()
        }

        func push(_ job: UnownedJob, of executor: ThreadExecutor) {
            pthread_mutex_lock(mutex)
            state.jobs.append(job)
            let wantsThread = state.threads < limit && state.idleThreads < state.jobs.count - state.head
            if wantsThread { state.threads += 1 }
            pthread_cond_signal(condition)
            pthread_mutex_unlock(mutex)
            if wantsThread, !startThread(for: executor) { threadRefused() }
        }

        /// A system that is short of threads gives fewer; with none at all nothing that blocks could ever run.
        private func threadRefused() {
            pthread_mutex_lock(mutex)
            state.threads -= 1
            let left = state.threads
            pthread_mutex_unlock(mutex)
            precondition(left > 0, "the system refuses to start a single thread")
        }

        func stop() {
            pthread_mutex_lock(mutex)
            state.stopped = true
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }

        /// The next job; `nil` when there will be none.
        private func pop() -> UnownedJob? {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            while state.head == state.jobs.count {
                if state.stopped { return nil }
                state.idleThreads += 1
                pthread_cond_wait(condition, mutex)
                state.idleThreads -= 1
            }
            let job = state.jobs[state.head]
            state.head += 1
            if state.head == state.jobs.count {
                state.jobs.removeAll(keepingCapacity: true)
                state.head = 0
            } else if state.head > 1_024, state.head * 2 > state.jobs.count {
                state.jobs.removeFirst(state.head)
                state.head = 0
            }
            return job
        }

        private func startThread(for executor: ThreadExecutor) -> Bool {
            let executor = executor.asUnownedTaskExecutor()
            return Thread.start { [self] in
                while let job = pop() { job.runSynchronously(on: executor) }
            }
        }
    }
}

/// Starts detached POSIX threads.
private enum Thread {
    private final class Body {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }

    /// - Returns: whether the system gave a thread.
    static func start(_ run: @escaping @Sendable () -> Void) -> Bool {
        let body = Unmanaged.passRetained(Body(run)).toOpaque()
        #if canImport(Darwin)
        var thread: pthread_t?
        let status = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, body)
        #else
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, body)
        #endif
        guard status == 0 else {
            Unmanaged<Body>.fromOpaque(body).release()
            return false
        }
        #if canImport(Darwin)
        if let thread { pthread_detach(thread) }
        #else
        pthread_detach(thread)
        #endif
        return true
    }
}
