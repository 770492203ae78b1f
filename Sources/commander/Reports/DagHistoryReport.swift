import Console
import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What `dag history` shows.
struct DagHistoryReport: Report {
    struct Entry: Encodable, Hashable {
        var revision: Int64
        var version: String
        var status: Dag.Status
        var isPaused: Bool
        var source: String
        var at: Date
        var isCurrent: Bool
    }

    var dag: String
    /// Newest first.
    var revisions: [Entry]

    init(_ dag: String, _ revisions: [DagRevision]) {
        self.dag = dag
        self.revisions = revisions.enumerated().map { index, revision in
            Entry(
                revision: revision.revision, version: revision.version, status: revision.state.status, isPaused: revision.state.isPaused,
                source: revision.source, at: revision.at, isCurrent: index == 0)
        }
    }

    func text(_ layout: Layout) -> String {
        var table = Table([
            .init(title: "REVISION", alignment: .right), .init(title: "VERSION"), .init(title: "SINCE"), .init(title: "STATUS"),
            .init(title: "SOURCE", isFlexible: true, isOptional: true),
        ])
        for entry in revisions {
            table.append([
                "\(entry.revision)", .init(entry.version), .init(layout.time(entry.at)),
                .init(
                    entry.status.rawValue + (entry.isPaused ? ", paused" : ""), entry.status == .stopped || entry.isPaused ? .yellow : nil),
                .init(entry.source),
            ])
        }
        return table.lines(layout).asText
    }
}

/// What `dag pause`, `resume`, `stop` and `start` say.
struct DagStateReport: Report {
    var id: String
    var status: Dag.Status
    var isPaused: Bool
    var revision: Int64

    init(_ record: DagRecord) {
        id = record.dag.id
        status = record.dag.status
        isPaused = record.isPaused
        revision = record.revision
    }

    func text(_ layout: Layout) -> String {
        let submitting = status == .normal ? "new runs may be submitted" : "stopped: no new runs"
        let starting = isPaused ? "paused: no new run starts" : "not paused"
        return DisplayWidth.printable("\(id): \(submitting), \(starting)") + "\n"
    }
}
