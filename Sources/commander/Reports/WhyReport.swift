import Console
import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What `why` shows.
struct WhyReport: Report {
    /// One reason: `kind`, `text`, and what it names.
    struct Reason: Encodable, Hashable {
        var reason: WaitReason

        func encode(to encoder: any Encoder) throws {
            var members = reason.details
            members["kind"] = .string(reason.kind)
            members["text"] = .string(reason.text)
            try Value.object(members).encode(to: encoder)
        }
    }

    struct Task: Encodable, Hashable {
        var id: String
        var status: TaskInstanceStatus
        var attempt: Int
        var reasons: [Reason]
    }

    var run: String
    var dagId: String
    var status: DagInstanceStatus
    /// Why the run is in its status.
    var reason: String
    var reasons: [Reason]
    /// Tasks that are not over.
    var tasks: [Task]

    init(_ instance: DagInstance, _ explanation: RunExplanation) {
        run = instance.id
        dagId = instance.dagId
        status = instance.status
        reason = instance.reason
        reasons = explanation.run.map(Reason.init)
        tasks = explanation.tasks.map {
            Task(id: $0.id, status: $0.status, attempt: $0.attempt, reasons: $0.reasons.map(Reason.init))
        }
    }

    func text(_ layout: Layout) -> String {
        var lines = [
            DisplayWidth.printable("run \(run) of '\(dagId)' is ") + layout.styled(status.rawValue, status.style)
                + DisplayWidth.printable(reason.isEmpty ? "" : ": \(reason)")
        ]
        lines += reasons.map { "  " + DisplayWidth.printable($0.reason.text(layout.time)) }
        if tasks.isEmpty {
            lines.append(status.isFinal ? "all its tasks are over" : "no task of it waits")
            return lines.asText
        }
        var table = Table([
            .init(title: "TASK", isFlexible: true), .init(title: "STATUS"), .init(title: "ATTEMPT", alignment: .right, isOptional: true),
            .init(title: "WHY", isFlexible: true),
        ])
        for task in tasks {
            table.append([
                .init(task.id), .init(task.status.rawValue, task.status.style), .init(task.attempt > 0 ? "\(task.attempt)" : ""),
                .init(task.reasons.map { $0.reason.text(layout.time) }.joined(separator: "; ")),
            ])
        }
        // A reason is what was asked for: it is never cut.
        var room = layout
        room.width = nil
        return (lines + [""] + table.lines(room)).asText
    }
}
