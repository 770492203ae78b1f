import Engine
import TestSupport
import Workflow

/// What is promised of commands: each is applied at most once, settled once, and says what is so.
struct CommandRules {
    private var applied: Set<String> = []
    /// Those that the leader has put into runs.
    private var takenIn: Set<String> = []
    /// Runs that the last pause or resume has paused, with the epoch in which that was durable.
    private(set) var paused: [String: Int64] = [:]

    /// What is wrong with what the majority has just got of a run.
    mutating func problem(of run: DagInstance, _ before: DagInstance?, _ state: MemoryState) -> String? {
        let known = Set(before?.control?.applied ?? [])
        var problem: String?
        for command in run.control?.commands ?? [] { takenIn.insert(command.id) }
        for id in run.control?.applied ?? [] where !known.contains(id) {
            guard applied.insert(id).inserted else { return "the command \(id) was applied to \(run.id) twice" }
            guard let record = state.commands[id] else { return "\(run.id) has applied \(id), which nobody gave" }
            if record.status == .refused { problem = "the command \(id) was refused and then applied to \(run.id)" }
            switch record.command.kind {
            case .pause: paused[run.id] = run.version.epoch
            case .resume: paused[run.id] = nil
            // What is paused can be canceled.
            case .cancel where record.command.tasks.isEmpty: paused[run.id] = nil
            default: break
            }
        }
        return problem
    }

    /// What is wrong with what the majority has just got of a command.
    func problem(of record: CommandRecord, _ before: CommandRecord?, _ state: MemoryState) -> String? {
        let id = record.command.id
        if let before, before.status.isSettled, before != record { return "\(id) was \(before.status), now it is \(record.status)" }
        guard before?.status != record.status else { return nil }
        if record.status == .refused, applied.contains(id) { return "\(id) was applied and then refused" }
        if record.status == .accepted, !takenIn.contains(id), !applied.contains(id) {
            return "\(id) is said to be accepted, and the run knows nothing of it"
        }
        if record.status == .done, record.command.kind != .wake, !applied.contains(id), !Self.nothingToDo.contains(record.result) {
            return "\(id) is said to be done ('\(record.result)'), and the run knows nothing of it"
        }
        return nil
    }

    private static let nothingToDo: Set<String> = ["it is paused already", "it is not paused"]

    /// Runs that must end as canceled: they were, and nobody asked for more of them.
    func isToEndCanceled(_ run: DagInstance, _ state: MemoryState) -> Bool {
        let done = state.commands.values.filter { $0.command.run == run.id && applied.contains($0.command.id) }
        return done.contains { $0.command.kind == .cancel && $0.command.tasks.isEmpty } && !done.contains { $0.command.kind == .retry }
    }

    /// What is wrong when all is over.
    func problems(_ state: MemoryState) -> [String] {
        state.commands.values.filter { !$0.status.isSettled }.map { "the command \($0.command.id) is \($0.status.rawValue) for ever" }
            .sorted()
    }
}

extension MemoryState {
    /// Whether people have changed what becomes of a run's tasks.
    func isChanged(_ run: String) -> Bool { !(instances[run]?.control?.marks.isEmpty ?? true) || instances[run]?.control?.cancel != nil }
}
