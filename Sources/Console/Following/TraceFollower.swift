package import Engine
import Workflow

/// Reads the trace of a run that is under way, each chunk once.
///
/// New chunks appear anywhere in the order of chunks (a run has many tasks), so every task that has started and is not read to its end has its own place. At the end everything is gone through once
/// more for chunks that came late: those of a lost worker, say.
package struct TraceFollower {
    /// `nil` for all tasks.
    let task: String?
    /// Chunks of a run (first) or of a task of it (second), from after a chunk (third).
    let read: (String, String?, String?) async throws -> [TraceChunk]
    private var last: [String: String] = [:]
    private var done: Set<Attempt> = []
    private var printed: Set<String> = []

    private struct Attempt: Hashable {
        var task: String
        var attempt: Int
        var status: TaskInstanceStatus
    }

    package init(task: String?, read: @escaping (String, String?, String?) async throws -> [TraceChunk]) {
        self.task = task
        self.read = read
    }

    /// What has been written since the last look, in order of time as far as it is known.
    package mutating func new(_ details: RunDetails) async throws -> [TraceRecord] {
        var records: [TraceRecord] = []
        for task in details.tasks where (self.task ?? task.taskId) == task.taskId && task.status != .`init` {
            let attempt = Attempt(task: task.taskId, attempt: task.attempt, status: task.status)
            guard !done.contains(attempt) else { continue }
            let chunks = try await chunks(of: details.instance.id, task.taskId)
            if chunks.isEmpty, task.status.isFinal { done.insert(attempt) }
            records += chunks.flatMap(TraceRecord.records)
        }
        return records.sorted { $0.at < $1.at }
    }

    /// Goes through everything once more, when nothing more is written, and hands out what was missed, page by page.
    package mutating func rest(of id: String, _ print: ([TraceRecord]) throws -> Void) async throws {
        var place: String?
        while true {
            let chunks = try await read(id, task, place)
            guard let end = chunks.last?.id else { return }
            place = end
            try print(chunks.filter { printed.insert($0.id).inserted }.flatMap(TraceRecord.records))
        }
    }

    private mutating func chunks(of id: String, _ task: String) async throws -> [TraceChunk] {
        let chunks = try await read(id, task, last[task])
        if let end = chunks.last?.id { last[task] = end }
        return chunks.filter { printed.insert($0.id).inserted }
    }
}
