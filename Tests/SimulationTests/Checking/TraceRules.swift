import TestSupport
import Workflow

@testable import Engine

/// What is promised of trace lines: an end is durable only after all that its attempt said, and what was flushed stays.
struct TraceRules {
    private var said: [Observer.Attempt: Int] = [:]
    private var flushed: [Observer.Attempt: Int] = [:]

    /// An attempt has handed a line to its trace.
    mutating func says(_ attempt: Observer.Attempt) { said[attempt, default: 0] += 1 }

    mutating func flushed(_ attempt: Observer.Attempt, lines: Int) { flushed[attempt] = lines }

    /// What is wrong with an end that the majority has just got.
    func problem(of task: TaskInstance, _ state: MemoryState) -> String? {
        let attempt = Observer.Attempt(
            run: state.instances[task.dagInsId]?.tracedAs ?? task.dagInsId, task: task.taskId, epoch: task.version.epoch,
            attempt: task.attempt)
        guard task.status.isFinal, let lines = said[attempt] else { return nil }
        let durable = state.chunks(of: attempt).reduce(0) { $0 + $1.lines.count }
        return durable < lines ? "\(attempt) is \(task.status.rawValue) when \(durable) of its \(lines) trace lines are durable" : nil
    }

    /// Whether no chunk is missing between others. Each call of an attempt that waited has numbers of its own, 65,536 from those of the call before.
    private func isWhole(_ numbers: [Int]) -> Bool {
        zip(numbers, [-1] + numbers).allSatisfy { $0 == $1 + 1 || ($0 % 65_536 == 0 && $0 > $1) }
    }

    /// What is wrong when all is over.
    func problems(_ state: MemoryState) -> [String] {
        flushed.compactMap { attempt, lines in
            let chunks = state.chunks(of: attempt)
            guard chunks.flatMap(\.lines).count < lines || !isWhole(chunks.map(\.seq)) else { return nil }
            return "\(attempt) has flushed \(lines) trace lines, the store has \(chunks.flatMap(\.lines).count) in \(chunks.map(\.seq))"
        }.sorted()
    }
}

extension MemoryState {
    fileprivate func chunks(of attempt: Observer.Attempt) -> [TraceChunk] {
        traces.values.filter {
            $0.dagInsId == attempt.run && $0.taskId == attempt.task && $0.epoch == attempt.epoch && $0.attempt == attempt.attempt
        }
        .sorted { $0.seq < $1.seq }
    }
}
