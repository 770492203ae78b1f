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
        if terminal.isInteractive, !json { return try await waitWithBar() }
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

    /// The same with a line that says how many tasks are done. How long the others take nobody knows.
    private func waitWithBar() async throws -> DagInstanceStatus {
        var notice = WaitingNotice(commander: commander)
        var bar = ProgressBar(
            terminal, what: "waiting", unit: "tasks", isSteady: false, glyphs: .fitting(ProcessInfo.processInfo.environment))
        let details = try await follow { details in
            _ = try await notice.update(id, status: details.instance.status)
            let done = details.ownTasks.count { $0.status.isFinal && !details.instance.runsAgain($0) }
            try bar.show(done: done, of: details.ownTasks.count, note: notice.reason ?? "")
            return false
        }
        try bar.clear()
        try terminal.show(RunReport(details), json: false)
        return details.instance.status
    }

    private func instance() async throws -> DagInstance {
        guard let run = try await commander.instance(id) else { throw Failure(.notFound, "the run '\(id)' is not in the store any more") }
        return run
    }

    private func follow(_ look: (RunDetails) async throws -> Bool) async throws -> RunDetails {
        var last: RunDetails?
        let follower = RunFollower(
            read: {
                let details = try await commander.show(id, after: last)
                last = details
                return details
            }, isAtRest: \.instance.status.isAtRest)
        return try await follower.follow(look)
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
