import Synchronization
import Workflow

/// Tells runs, a while after something of theirs began, that it may be under way still: only then `running` is worth a write.
///
/// What began at about the same time is told together. Nothing is taken out when it ends sooner, so that a start costs next to nothing; what is held is what began within the delay.
final class Watches: Sendable {
    private struct Watch {
        var run: LiveRun
        /// `nil` for the run itself.
        var task: (number: Int, attempt: Int)?
        var due: ContinuousClock.Instant
    }

    /// What is watched with the same delay, first come, first due.
    private struct Line {
        var watches: [Watch] = []
        var head = 0

        var first: Watch? { head < watches.count ? watches[head] : nil }

        /// - Returns: whether it is the first one.
        mutating func append(_ watch: Watch) -> Bool {
            watches.append(watch)
            return head == watches.count - 1
        }

        mutating func take(until now: ContinuousClock.Instant) -> ArraySlice<Watch> {
            let from = head
            while let first, first.due <= now { head += 1 }
            let taken = watches[from..<head]
            if head * 2 > watches.count {
                watches.removeFirst(head)
                head = 0
            }
            return taken
        }
    }

    private struct State {
        var tasks = Line()
        var runs = Line()
    }

    /// How long a task must be at work before `running` is written.
    static let taskDelay = Duration.milliseconds(100)
    /// How long a run must be under way before `running` is written of it. Longer, since most runs that many nodes share end soon, and what they show meanwhile is that they are scheduled.
    static let runDelay = Duration.seconds(1)
    /// How much later than due something may be told, so that much is told together.
    private static let slack = Duration.milliseconds(20)

    private let state = Mutex(State())
    private let wake: WakeSignal
    private let host: any Host

    init(host: any Host) {
        self.host = host
        wake = WakeSignal(host)
    }

    func watch(_ run: LiveRun, task number: Int, attempt: Int) {
        let watch = Watch(run: run, task: (number, attempt), due: host.now + Self.taskDelay)
        if state.withLock({ $0.tasks.append(watch) }) { wake.raise() }
    }

    func watch(_ run: LiveRun) {
        let watch = Watch(run: run, task: nil, due: host.now + Self.runDelay)
        if state.withLock({ $0.runs.append(watch) }) { wake.raise() }
    }

    /// Tells until it is cancelled.
    func run() async {
        while !Task.isCancelled {
            let now = host.now
            let (due, next) = state.withLock { state in
                let due = state.tasks.take(until: now) + state.runs.take(until: now)
                return (due, [state.tasks.first?.due, state.runs.first?.due].compactMap { $0 }.min())
            }
            for watch in due {
                watch.run.handle(watch.task.map { .taskOutlasts($0.number, attempt: $0.attempt) } ?? .runOutlasts)
            }
            await wake.wait(until: next.map { $0 + Self.slack })
        }
    }
}
