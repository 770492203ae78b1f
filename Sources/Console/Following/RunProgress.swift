package import Engine
package import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Waits for the end of a run, silently or showing what happens.
package struct RunProgress {
    let commander: Commander
    let terminal: Terminal
    let json: Bool
    let id: String

    package init(commander: Commander, terminal: Terminal, json: Bool, id: String) {
        self.commander = commander
        self.terminal = terminal
        self.json = json
        self.id = id
    }

    /// Waits, then prints the run and its tasks.
    /// - Returns: the status in which the run came to rest.
    package func wait() async throws -> DagInstanceStatus {
        var notice = WaitingNotice(commander: commander)
        let follower = RunFollower(read: { try await instance() }, isAtRest: \.status.isAtRest)
        _ = try await follower.follow { run in
            let isNew = try await notice.update(id, status: run.status)
            if isNew, let reason = notice.reason, !json { terminal.printError("\(terminal.program): waiting: \(reason)\n") }
            return false
        }
        let details = try await follow { _ in false }
        try terminal.show(RunReport(details), json: json)
        return details.instance.status
    }

    /// Shows the tasks, redrawn in place on a terminal, elsewhere a line for each change.
    /// - Returns: the status in which the run came to rest.
    package func watch() async throws -> DagInstanceStatus {
        if json { return try await watchAsJSON() }
        return terminal.isInteractive ? try await watchInPlace() : try await watchByLine()
    }

    private func instance() async throws -> DagInstance {
        guard let run = try await commander.instance(id) else { throw Failure(.notFound, "the run '\(id)' is not in the store any more") }
        return run
    }

    private func follow(_ look: (RunDetails) async throws -> Bool) async throws -> RunDetails {
        try await RunFollower(read: { try await commander.show(id) }, isAtRest: \.instance.status.isAtRest).follow(look)
    }

    private func watchInPlace() async throws -> DagInstanceStatus {
        var view = LiveView(terminal: terminal)
        var changes = TaskChanges()
        var notice = WaitingNotice(commander: commander)
        return try await follow { details in
            _ = try await notice.update(id, status: details.instance.status)
            try view.draw(ProgressView.lines(details, waitsFor: notice.reason, terminal.layout))
            return !changes.take(details.tasks).isEmpty
        }.instance.status
    }

    private func watchByLine() async throws -> DagInstanceStatus {
        var changes = TaskChanges()
        var notice = WaitingNotice(commander: commander)
        return try await follow { details in
            let isNew = try await notice.update(id, status: details.instance.status)
            if isNew, let reason = notice.reason { try terminal.print("\(TimeText.iso(Date())) \(id) waiting: \(reason)\n") }
            let changed = changes.take(details.tasks)
            for task in changed { try terminal.print(ProgressLine.text(task, now: Date())) }
            if details.instance.status.isAtRest { try terminal.print(ProgressLine.text(details.instance)) }
            return !changed.isEmpty
        }.instance.status
    }

    private func watchAsJSON() async throws -> DagInstanceStatus {
        var changes = TaskChanges()
        return try await follow { details in
            let changed = changes.take(details.tasks)
            for task in changed { try terminal.print(JSONOutput.line(ProgressLine.TaskEvent(task: task))) }
            if details.instance.status.isAtRest { try terminal.print(JSONOutput.line(ProgressLine.EndEvent(run: details.instance))) }
            return !changed.isEmpty
        }.instance.status
    }
}
