package import Workflow

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

extension DagInstance {
    /// The run as it is kept in another store: owned by nobody, and over. One that was not over when it was exported is canceled: it must not come to life in a cluster that knows nothing of it.
    /// - Parameters:
    ///   - exportedAt: when it was written; an unfinished run ends then, so that importing it again makes the same.
    ///   - tasks: its task documents; what they left is the run's once it is over.
    package func imported(exportedAt: Date, tasks: [TaskInstance]) -> DagInstance {
        var run = self
        run.session = nil
        run.wakeAt = nil
        guard !status.isFinal else { return run }
        run.status = .canceled
        run.reason = "imported: was \(status.rawValue)" + (worker.map { " on \($0)" } ?? "")
        run.worker = nil
        run.endedAt = max(exportedAt, startedAt ?? createdAt)
        run.shareData = shareData.folding(tasks.flatMap(\.shareData))
        run.control?.commands = []
        run.control?.isPaused = false
        return run
    }
}

extension TaskInstance {
    /// The task as it is kept in another store: one that was not over is canceled.
    package func imported(exportedAt: Date) -> TaskInstance {
        guard !status.isFinal else { return self }
        var task = self
        task.status = .canceled
        task.reason = "imported: was \(status.rawValue)" + (worker.isEmpty ? "" : " on \(worker)")
        task.wakeAt = nil
        task.endedAt = startedAt.map { max(exportedAt, $0) }
        return task
    }
}

extension CommandRecord {
    /// The command as it is kept in another store: one that was not settled is refused, since nobody there was asked.
    package func imported(exportedAt: Date) -> CommandRecord {
        guard !status.isSettled else { return self }
        return CommandRecord(command, status: .refused, result: "imported: was \(status.rawValue)", settledAt: exportedAt)
    }
}
