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

    private let screen: Screen
    private let showsTrace: Bool
    private let sleep: (Duration) async throws -> Void

    /// - Parameters:
    ///   - screen: where others may say something too while the run is watched; `nil` for one of its own.
    ///   - showsTrace: whether what tasks say is shown while the run is watched.
    ///   - sleep: how to wait between two looks; who knows of news may come back sooner.
    package init(
        commander: Commander, terminal: Terminal, json: Bool, id: String, screen: Screen? = nil, showsTrace: Bool = false,
        sleep: @escaping (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.commander = commander
        self.terminal = terminal
        self.json = json
        self.id = id
        self.screen = screen ?? Screen(terminal)
        self.showsTrace = showsTrace
        self.sleep = sleep
    }

    /// Waits, then prints the run and its tasks.
    /// - Returns: the status in which the run came to rest.
    package func wait() async throws -> DagInstanceStatus {
        if terminal.isInteractive, !json { return try await waitWithBar() }
        var notice = WaitingNotice(commander: commander)
        let follower = RunFollower(read: { try await instance() }, isAtRest: \.status.isAtRest, sleep: sleep)
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

    /// Waits, with a line that says how many tasks are done. How long the others take nobody knows.
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
        guard let run = try await commander.instance(id) else {
            throw Failure(.notFound, "the run '\(id)' is not in the store any more: somebody has deleted it")
        }
        return run
    }

    private func follow(_ look: (RunDetails) async throws -> Bool) async throws -> RunDetails {
        var last: RunDetails?
        let follower = RunFollower(
            read: {
                let details = try await commander.show(id, after: last)
                last = details
                return details
            }, isAtRest: \.instance.status.isAtRest, sleep: sleep)
        return try await follower.follow(look)
    }

    private func watchInPlace() async throws -> DagInstanceStatus {
        var changes = TaskChanges()
        var notice = WaitingNotice(commander: commander)
        var trace = self.trace
        defer { screen.leave() }
        let end = try await follow { details in
            _ = try await notice.update(id, status: details.instance.status)
            let said = try await trace?.new(details) ?? []
            let layout = terminal.layout
            try screen.say(said.map { $0.text(layout) }.joined())
            try screen.draw(ProgressView.lines(details, waitsFor: notice.reason, layout))
            return !changes.take(details.tasks).isEmpty || !said.isEmpty
        }
        try await trace?.rest(of: id) { said in try screen.say(said.map { $0.text(terminal.layout) }.joined()) }
        return end.instance.status
    }

    private func watchByLine() async throws -> DagInstanceStatus {
        var changes = TaskChanges()
        var notice = WaitingNotice(commander: commander)
        var trace = self.trace
        return try await follow { details in
            let isNew = try await notice.update(id, status: details.instance.status)
            if isNew, let reason = notice.reason { try screen.say("\(TimeText.iso(Date())) \(id) waiting: \(reason)\n") }
            let said = try await trace?.new(details) ?? []
            let changed = changes.take(details.tasks)
            for record in said { try screen.say(record.text(terminal.layout)) }
            for task in changed { try screen.say(ProgressLine.text(task, now: Date())) }
            if details.instance.status.isAtRest {
                try await trace?.rest(of: id) { said in for record in said { try screen.say(record.text(terminal.layout)) } }
                try screen.say(ProgressLine.text(details.instance))
            }
            return !changed.isEmpty || !said.isEmpty
        }.instance.status
    }

    private func watchAsJSON() async throws -> DagInstanceStatus {
        var changes = TaskChanges()
        var trace = self.trace
        return try await follow { details in
            let said = try await trace?.new(details) ?? []
            let changed = changes.take(details.tasks)
            for record in said { try terminal.print(JSONOutput.line(ProgressLine.TraceEvent(trace: record))) }
            for task in changed { try terminal.print(JSONOutput.line(ProgressLine.TaskEvent(task: task))) }
            if details.instance.status.isAtRest {
                try await trace?.rest(of: id) { said in
                    for record in said { try terminal.print(JSONOutput.line(ProgressLine.TraceEvent(trace: record))) }
                }
                try terminal.print(JSONOutput.line(ProgressLine.EndEvent(run: details.instance)))
            }
            return !changed.isEmpty || !said.isEmpty
        }.instance.status
    }

    /// What the tasks say, as far as it is wanted. The end of a task is durable only after what it has said.
    private var trace: TraceFollower? {
        showsTrace ? TraceFollower(task: nil) { try await commander.traces($0, taskId: $1, after: $2) } : nil
    }
}
