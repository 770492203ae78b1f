import Console
import Engine
import Workflow

/// What `list` shows.
struct RunListReport: Report {
    struct Unreadable: Encodable {
        var id: String
        var collection: String
        var problem: String
    }

    var runs: [DagInstance]
    /// Documents that do not decode.
    var unreadable: [Unreadable]
    /// Where the next page begins (`--after`); `nil` where this is the last.
    var next: String?

    init(_ page: Page<DagInstance>) {
        runs = page.elements
        next = page.next
        unreadable = page.unreadable.map { Unreadable(id: $0.id, collection: $0.collection, problem: $0.problem) }
    }

    func text(_ layout: Layout) -> String {
        guard !runs.isEmpty || next != nil else { return "no runs\n" }
        var table = Table([
            .init(title: "ID"), .init(title: "DAG", isFlexible: true), .init(title: "STATUS"),
            .init(title: "WORKER", isFlexible: true, isOptional: true), .init(title: "CREATED"),
            .init(title: "DURATION", alignment: .right), .init(title: "WAKES", isOptional: true),
            .init(title: "VARS", isFlexible: true, isOptional: true), .init(title: "REASON", isFlexible: true, isOptional: true),
        ])
        for run in runs {
            table.append([
                .init(run.id), .init(run.dagId), .init(run.status.rawValue, run.status.style), .init(run.worker ?? ""),
                .init(layout.time(run.createdAt)), .init(layout.duration(from: run.startedAt, to: run.endedAt)),
                .init(run.status.isFinal ? "" : run.wakeAt.map(layout.time) ?? ""),
                .init(RunReport.pairs(run.vars)), .init(run.reason),
            ])
        }
        let more = next.map { ["there may be more: --after \($0)"] } ?? []
        return (table.lines(layout) + more).asText
    }
}
