import Console
import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A command and what became of it, as it is shown.
struct CommandEntry: Encodable, Hashable {
    var id: String
    var run: String
    var kind: Workflow.Command.Kind
    /// Empty for the whole run.
    var tasks: [String]
    var by: String
    var reason: String
    var at: Date
    var status: CommandRecord.Status
    /// What was done, or why it was refused.
    var result: String
    var settledAt: Date?

    init(_ record: CommandRecord) {
        id = record.command.id
        run = record.command.run
        kind = record.command.kind
        tasks = record.command.tasks
        by = record.command.author.by
        reason = record.command.author.reason
        at = record.command.author.at
        status = record.status
        result = record.result
        settledAt = record.settledAt
    }
}

/// What a command to one run says.
struct CommandReport: Report {
    var command: CommandEntry
    /// Whether it was waited for.
    private let isAwaited: Bool

    init(_ record: CommandRecord, isAwaited: Bool) {
        command = CommandEntry(record)
        self.isAwaited = isAwaited
    }

    private enum CodingKeys: CodingKey { case command }

    func text(_ layout: Layout) -> String {
        let what = "\(command.kind.rawValue) \(command.run)"
        let status = layout.styled(command.status.rawValue, command.status.style)
        guard !command.status.isSettled else {
            return DisplayWidth.printable("\(what): ") + status + DisplayWidth.printable(": \(command.result)") + "\n"
        }
        let more = isAwaited ? "not done in time; it may be done later" : "it applies in a moment"
        return "\(what): \(status): \(more): commander commands \(command.run)\n"
    }
}

/// What `commands` shows.
struct CommandListReport: Report {
    var commands: [CommandEntry]

    init(_ records: [CommandRecord]) { commands = records.map(CommandEntry.init) }

    func text(_ layout: Layout) -> String {
        guard !commands.isEmpty else { return "the run was told nothing\n" }
        var table = Table([
            .init(title: "WHEN"), .init(title: "COMMAND"), .init(title: "TASKS", isFlexible: true, isOptional: true),
            .init(title: "BY", isFlexible: true), .init(title: "REASON", isFlexible: true, isOptional: true), .init(title: "STATUS"),
            .init(title: "RESULT", isFlexible: true, isOptional: true), .init(title: "SETTLED", isOptional: true),
        ])
        for command in commands {
            table.append([
                .init(layout.time(command.at)), .init(command.kind.rawValue), .init(command.tasks.joined(separator: " ")),
                .init(command.by),
                .init(command.reason), .init(command.status.rawValue, command.status.style), .init(command.result),
                .init(command.settledAt.map(layout.time) ?? ""),
            ])
        }
        return table.lines(layout).asText
    }
}

extension CommandRecord.Status {
    var style: Style? {
        switch self {
        case .pending, .accepted: .cyan
        case .done: .green
        case .refused: .red
        }
    }
}
