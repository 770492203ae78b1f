import ArgumentParser
import Console
import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `commander trace`.
struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Print what the tasks of a run, or one of them, wrote.",
        discussion: """
            One line each: time task[attempt] level message; task by task as they started, or with --follow in the order in which they arrive.
            A line with the word 'attempt' in place of the level says that a further attempt begins, and what became of the one before.
            --follow ends when the run is over (or blocked) and everything is printed: retried tasks are followed on. It looks again after 50 ms to half a second, after 200 ms where lines
            came (nodes write them no more often), and bears a database that is away for a minute.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The run's id.")
    var id: String

    @Argument(help: "Only this task.")
    var task: String?

    @Flag(help: "Go on printing until the run is over.")
    var follow = false

    /// Chunks that are read at once: at most 64 KiB each.
    private static let pageSize = 100

    func run() async throws {
        let terminal = options.terminal
        if follow {
            _ = Interrupt(notice: "commander: interrupted; if the run is not over it goes on: commander show \(id)", terminal: terminal)
        }
        try await options.connected { connection in
            let details = try await check(connection.commander)
            follow ? try await follow(connection.commander, terminal) : try await print(details, connection.commander, terminal)
        }
    }

    /// The run and the task must be there: silence would be a wrong answer.
    private func check(_ commander: Commander) async throws -> RunDetails {
        let details = try await commander.show(id)
        guard let task, !details.tasks.contains(where: { $0.taskId == task }) else { return details }
        let names = details.tasks.prefix(20).map(\.taskId).joined(separator: ", ")
        throw Failure(.notFound, "the run '\(id)' has no task '\(task)'; it has \(names)\(details.tasks.count > 20 ? ", …" : "")")
    }

    /// Task by task, in the order in which they started.
    private func print(_ details: RunDetails, _ commander: Commander, _ terminal: Terminal) async throws {
        var document = TraceDocument(terminal: terminal, json: options.json, tasks: details.tasks)
        let started = details.tasks.enumerated().sorted { left, right in
            (left.element.startedAt ?? .distantFuture, left.offset) < (right.element.startedAt ?? .distantFuture, right.offset)
        }
        for name in task.map({ [$0] }) ?? started.map(\.element.taskId) {
            var place: String?
            while true {
                let chunks = try await commander.traces(id, taskId: name, after: place, limit: Self.pageSize)
                guard let end = chunks.last?.id else { break }
                place = end
                try document.add(chunks.flatMap(TraceRecord.records))
            }
        }
        try document.end()
    }

    private func follow(_ commander: Commander, _ terminal: Terminal) async throws {
        var trace = TraceFollower(task: task) { try await commander.traces($0, taskId: $1, after: $2, limit: Self.pageSize) }
        var marks = AttemptMarks()
        func print(_ records: [TraceRecord], _ details: RunDetails) throws {
            if options.json { return try terminal.print(records.map { JSONOutput.line($0) }.joined()) }
            let tasks = details.tasks.filter { (task ?? $0.taskId) == $0.taskId }
            try terminal.print(marks.text(records, tasks, silent: true, terminal.layout))
        }
        var last: RunDetails?
        let follower = RunFollower(
            read: {
                let details = try await commander.show(id, after: last)
                last = details
                return details
            }, isAtRest: \.instance.status.isAtRest, schedule: .traces)
        let details = try await follower.follow { details in
            let records = try await trace.new(details)
            try print(records, details)
            return !records.isEmpty
        }
        // A run ends after all that its tasks wrote. What a lost worker wrote may come later still: so long is waited for it.
        try await Task.sleep(for: .milliseconds(300))
        while true {
            let records = try await trace.new(details)
            if records.isEmpty { break }
            try print(records, details)
        }
        try await trace.rest(of: id) { try print($0, details) }
    }
}
