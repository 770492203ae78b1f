import Console
import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a command to many runs says: which they are, then what became of each.
struct SelectionReport: Report {
    struct Run: Encodable, Hashable {
        var id: String
        var dagId: String
        var status: DagInstanceStatus
        var createdAt: Date
        var reason: String
    }

    struct Result: Encodable, Hashable {
        var run: String
        var command: CommandEntry?
        var error: String?

        init(_ result: SelectedResult) {
            run = result.run
            command = result.record.map(CommandEntry.init)
            error = result.error
        }
    }

    var kind: Workflow.Command.Kind
    var count: Int
    /// Whether there are, or may be, more than were chosen.
    var hasMore: Bool
    var limit: Int
    var isDryRun: Bool
    var runs: [Run]
    /// One for each run; empty where nothing was sent.
    var results: [Result] = []

    init(_ kind: Workflow.Command.Kind, _ runs: [DagInstance], hasMore: Bool, limit: Int, isDryRun: Bool) {
        self.kind = kind
        count = runs.count
        self.hasMore = hasMore
        self.limit = limit
        self.isDryRun = isDryRun
        self.runs = runs.map { Run(id: $0.id, dagId: $0.dagId, status: $0.status, createdAt: $0.createdAt, reason: $0.reason) }
    }

    /// Lines of a table that are shown.
    private static let rows = 20

    func text(_ layout: Layout) -> String {
        guard count > 0 else { return "no run matches; nothing was done\n" }
        var lines = ["\(count) \(count == 1 ? "run" : "runs")" + (hasMore ? ", and there are more than --limit \(limit):" : ":")]
        var table = Table([
            .init(title: "ID"), .init(title: "DAG", isFlexible: true), .init(title: "STATUS"), .init(title: "CREATED"),
            .init(title: "REASON", isFlexible: true, isOptional: true),
        ])
        let shown = layout.isForPeople ? runs.prefix(Self.rows) : runs[...]
        for run in shown {
            table.append([
                .init(run.id), .init(run.dagId), .init(run.status.rawValue, run.status.style), .init(layout.time(run.createdAt)),
                .init(run.reason),
            ])
        }
        lines += table.lines(layout)
        if shown.count < count { lines.append("… and \(count - shown.count) more") }
        return lines.asText
    }

    /// What became of the commands: what is not done in full, what is as a number.
    func resultText(_ layout: Layout) -> String {
        var lines: [String] = []
        let counts = CommandRecord.Status.allCases.map { status in (status, results.count { $0.command?.status == status }) }
        for result in results {
            if let error = result.error { lines.append(layout.styled(DisplayWidth.printable("\(result.run): \(error)"), .red)) }
            guard let command = result.command, command.status == .refused else { continue }
            lines.append(layout.styled(DisplayWidth.printable("\(result.run): refused: \(command.result)"), .yellow))
        }
        let sum = counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", ")
        return (lines + ["\(kind.rawValue): \(sum.isEmpty ? "nothing was sent" : sum)"]).asText
    }
}
