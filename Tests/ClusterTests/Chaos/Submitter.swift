import Engine
import Swiftflow
import Synchronization
import TestSupport

/// Submits runs all the time, each under an id of its own; what fails is asked again with the same id.
final class Submitter: Sendable {
    private let commander: Commander
    private let plans: [RunPlan]
    private let state: Mutex<State>

    private struct State {
        var random: SeededGenerator
        var next = 0
        var submissions: [String: Books.Submission] = [:]
        var isOver = false
    }

    init(_ commander: Commander, _ plans: [RunPlan], seed: UInt64) {
        self.commander = commander
        self.plans = plans
        state = Mutex(State(random: SeededGenerator(seed: seed)))
    }

    var submissions: [String: Books.Submission] { state.withLock(\.submissions) }

    /// Ends ``run(atOnce:pause:)`` when the submissions under way are answered.
    func stop() { state.withLock { $0.isOver = true } }

    /// Submits until it is told to stop.
    /// - Parameters:
    ///   - atOnce: how many submissions are under way.
    ///   - pause: between an answer and the next submission of the same line.
    func run(atOnce: Int, pause: Duration) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<atOnce {
                group.addTask {
                    while let (id, plan) = self.begin() {
                        try await self.submit(id, plan)
                        try await Task.sleep(for: pause)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func begin() -> (String, RunPlan)? {
        state.withLock { state in
            guard !state.isOver, let plan = plans.randomElement(using: &state.random) else { return nil }
            state.next += 1
            let id = "run-\(state.next)"
            state.submissions[id] = Books.Submission(plan: plan, isAcknowledged: false)
            return (id, plan)
        }
    }

    private func submit(_ id: String, _ plan: RunPlan) async throws {
        while true {
            do {
                _ = try await commander.run(dagId: plan.id, id: id)
                return state.withLock { $0.submissions[id]?.isAcknowledged = true }
            } catch is StoreError {
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }
}
