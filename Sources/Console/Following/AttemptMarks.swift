package import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Lines of a trace as text, with a line where a further attempt of a task begins: who follows sees that what comes is not what was.
package struct AttemptMarks {
    /// The last attempt of each task that was told of. The first goes without saying.
    private var told: [String: Int] = [:]

    package init() {}

    /// - Parameters:
    ///   - records: what was written, in the order in which it is printed.
    ///   - tasks: the tasks as they are.
    ///   - silent: whether attempts are told of too that have written nothing (yet).
    package mutating func text(_ records: [TraceRecord], _ tasks: [TaskInstance], silent: Bool, _ layout: Layout) -> String {
        var text = ""
        let retried = Dictionary(tasks.filter { $0.attempt > 1 }.map { ($0.taskId, $0) }, uniquingKeysWith: { first, _ in first })
        for record in records {
            if record.attempt > told[record.task] ?? 1 {
                text += marks(record.task, upTo: record.attempt, retried[record.task], at: record.at, worker: record.worker, layout)
            }
            text += record.text(layout)
        }
        guard silent else { return text }
        for task in tasks where task.attempt > told[task.taskId] ?? 1 {
            text += marks(task.taskId, upTo: task.attempt, task, at: task.startedAt, worker: task.worker, layout)
        }
        return text
    }

    private mutating func marks(
        _ id: String, upTo last: Int, _ task: TaskInstance?, at: Date?, worker: String, _ layout: Layout
    ) -> String {
        let first = (told[id] ?? 1) + 1
        told[id] = last
        let known = task?.history?.attempts ?? []
        // Only so many attempts are kept; of those before them nothing is known.
        return (max(first, last - TaskHistory.attemptLimit)...last).map { number in
            let own = known.first { $0.attempt == number }
            let time = own?.startedAt ?? (number == last ? at : nil)
            let place = own?.worker ?? (number == last ? worker : "")
            let before = known.first { $0.attempt == number - 1 }
            let why = before.map { "; attempt \(number - 1) \($0.status == .running ? "was lost" : $0.status.rawValue)" } ?? ""
            let reason = before.map { $0.reason.isEmpty ? "" : ": \($0.reason)" } ?? ""
            let message = DisplayWidth.printable("\(number) begins\(place.isEmpty ? "" : " on \(place)")\(why)\(reason)")
            let head = [time.map(TimeText.iso), "\(id)[\(number)]"].compactMap { $0 }.joined(separator: " ")
            return layout.styled("\(head) attempt \(message)", .bold) + "\n"
        }.joined()
    }
}
