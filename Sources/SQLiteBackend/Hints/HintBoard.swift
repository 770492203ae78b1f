import Dispatch
import Engine
import Logging
import Synchronization

/// Who listens in this process. Hints of the process itself reach them at once; those of others come through a file beside the store, which is watched while somebody listens.
///
/// At most 10,000 hints wait to be written; more are lost.
final class HintBoard: Sendable {
    private struct Listener {
        var who: HintListener
        var onHint: @Sendable (Hint) -> Void
    }

    private struct State {
        var next = 0
        var listeners: [Int: Listener] = [:]
        var watch: HintWatch?
    }

    private let state = Mutex(State())
    private let file: HintFile?
    private let logger: Logger
    /// Where the file is written and read: never on the threads that all tasks share.
    private let queue = DispatchQueue(label: "swiftflow.sqlite.hints")

    /// - Parameter path: the store's file; `nil` where no other process can be told.
    init(path: String?, logger: Logger) {
        file = path.map { HintFile(store: $0) }
        self.logger = logger
    }

    // MARK: Telling

    /// Returns when the others can see the hints, so that a process may end at once.
    func signal(_ hints: [Hint]) async {
        guard !hints.isEmpty else { return }
        tell(hints)
        guard let file else { return }
        await withCheckedContinuation { continuation in
            queue.async { [logger] in
                if let problem = file.append(hints) { logger.debug("hints are lost", metadata: ["error": "\(problem)"]) }
                continuation.resume()
            }
        }
    }

    private func tell(_ hints: [Hint]) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for hint in hints {
            for listener in listeners where listener.who.isConcerned(by: hint) { listener.onHint(hint) }
        }
    }

    private func tellEverything() {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.who.everything.forEach(listener.onHint) }
    }

    // MARK: Listening

    /// Calls `onHint` until the task is cancelled.
    func listen(as who: HintListener, _ onHint: @escaping @Sendable (Hint) -> Void) async {
        let id = add(Listener(who: who, onHint: onHint))
        // What came while nobody listened is not told again: look once.
        who.everything.forEach(onHint)
        await Self.untilCancelled()
        remove(id)
    }

    private func add(_ listener: Listener) -> Int {
        state.withLock { state in
            state.next += 1
            state.listeners[state.next] = listener
            if state.watch == nil, let file { state.watch = watch(file) }
            return state.next
        }
    }

    private func remove(_ id: Int) {
        let last = state.withLock { state -> HintWatch? in
            state.listeners[id] = nil
            return state.listeners.isEmpty ? exchange(&state.watch, with: nil) : nil
        }
        last?.cancel()
    }

    private func watch(_ file: HintFile) -> HintWatch? {
        do {
            return try HintWatch(file, queue: queue) { [weak self] news in
                switch news {
                case .hints(let hints): self?.tell(hints)
                case .missed: self?.tellEverything()
                case .ended(let problem): self?.end(problem)
                }
            }
        } catch {
            report(error)
            return nil
        }
    }

    /// Whoever listens next tries again.
    private func end(_ problem: HintFile.Problem) {
        state.withLock { $0.watch = nil }
        report(problem)
        tellEverything()
    }

    private func report(_ problem: HintFile.Problem) {
        logger.warning(
            "no hints of other processes arrive: runs are found by polling, some seconds later", metadata: ["error": "\(problem)"])
    }

    private static func untilCancelled() async {
        let ended = AsyncStream<Never> { _ in }
        for await _ in ended {}
    }
}
