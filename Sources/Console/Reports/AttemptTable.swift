import Workflow

/// What is kept of tasks beyond their present attempt: earlier attempts, and who decided about them.
enum AttemptTable {
    /// Attempts that are shown of one task; JSON has all.
    private static let limit = 10

    static func lines(_ tasks: [TaskInstance], _ layout: Layout) -> [String] {
        let earlier = tasks.filter { $0.history?.attempts.isEmpty == false }
        guard !earlier.isEmpty else { return [] }
        var table = Table([
            .init(title: "TASK", isFlexible: true), .init(title: "ATTEMPT", alignment: .right), .init(title: "STATUS"),
            .init(title: "WORKER", isFlexible: true), .init(title: "STARTED"), .init(title: "DURATION", alignment: .right),
            .init(title: "REASON", isFlexible: true, isOptional: true),
        ])
        for task in earlier {
            for attempt in (task.history?.attempts ?? []).suffix(limit) {
                table.append([
                    .init(task.taskId), "\(attempt.attempt)", .init(status(attempt), attempt.status.style), .init(attempt.worker),
                    .init(layout.time(attempt.startedAt)), .init(duration(attempt, layout)), .init(attempt.reason),
                ])
            }
        }
        return ["", layout.styled("earlier attempts:", .bold)] + table.lines(layout)
    }

    /// Who continued or rejected what, when and why.
    static func decisions(_ tasks: [TaskInstance], _ layout: Layout) -> [String] {
        let lines = tasks.compactMap { task -> String? in
            guard let decision = task.history?.decision else { return nil }
            let author = decision.author
            let what = decision.isApproved ? "continued" : "rejected"
            let why = author.reason.isEmpty ? "" : ": \(author.reason)"
            return DisplayWidth.printable("\(task.taskId): \(what) by \(author.by), \(layout.time(author.at))\(why)")
        }
        return lines.isEmpty ? [] : ["", layout.styled("decisions:", .bold)] + lines
    }

    /// An attempt whose end nobody has seen was lost with its worker.
    private static func status(_ attempt: TaskHistory.Attempt) -> String {
        attempt.status == .running ? "lost" : attempt.status.rawValue
    }

    private static func duration(_ attempt: TaskHistory.Attempt, _ layout: Layout) -> String {
        attempt.endedAt == nil ? "-" : layout.duration(from: attempt.startedAt, to: attempt.endedAt)
    }
}
