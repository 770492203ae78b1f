import Console
import Engine
import Workflow

/// What `dag list` shows.
struct DagListReport: Report {
    struct Entry: Encodable {
        var id: String
        var name: String
        var desc: String
        var status: Dag.Status
        var tasks: Int
        var vars: [String: Dag.Var]
        var version: String
        var revision: Int64
        var source: String

        init(_ record: DagRecord) {
            id = record.dag.id
            name = record.dag.name
            desc = record.dag.desc
            status = record.dag.status
            tasks = record.dag.tasks.count
            vars = record.dag.vars
            version = record.version
            revision = record.revision
            source = record.source
        }
    }

    var dags: [Entry]

    init(_ records: [DagRecord]) { dags = records.map(Entry.init) }

    func text(_ layout: Layout) -> String {
        guard !dags.isEmpty else { return "no DAGs; apply one with: commander dag apply FILE\n" }
        var table = Table([
            .init(title: "ID"), .init(title: "NAME", isFlexible: true, isOptional: true), .init(title: "STATUS"),
            .init(title: "TASKS", alignment: .right), .init(title: "VARS", isFlexible: true, isOptional: true),
            .init(title: "REVISION", alignment: .right), .init(title: "SOURCE", isFlexible: true, isOptional: true),
        ])
        for dag in dags {
            table.append([
                .init(dag.id), .init(dag.name), .init(dag.status.rawValue, dag.status == .stopped ? .yellow : nil), "\(dag.tasks)",
                .init(dag.vars.keys.sorted().joined(separator: ",")), "\(dag.revision)", .init(dag.source),
            ])
        }
        return table.lines(layout).asText
    }
}
