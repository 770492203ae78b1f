import Console
import Engine
import Workflow

/// What `dag show` shows.
struct DagReport: Report {
    var dag: Dag
    var version: String
    /// Whether new runs get this version.
    var isCurrent: Bool
    /// Only of the current version.
    var revision: Int64?
    var source: String?

    init(_ record: DagRecord) {
        dag = record.dag
        version = record.version
        isCurrent = true
        revision = record.revision
        source = record.source
    }

    /// A version that is kept, current or not.
    init(_ dag: Dag, version: String, current: DagRecord?) {
        self.dag = dag
        self.version = version
        isCurrent = current?.version == version
        revision = isCurrent ? current?.revision : nil
        source = isCurrent ? current?.source : nil
    }

    func text(_ layout: Layout) -> String {
        var lines = layout.fields([
            ("dag", dag.id, nil), ("name", dag.name, nil), ("desc", dag.desc, nil), ("cron", dag.cron ?? "", nil),
            ("status", dag.status.rawValue, dag.status == .stopped ? .yellow : nil),
            ("version", version + (isCurrent ? "" : " (not the current one)"), nil), ("revision", revision.map(String.init) ?? "", nil),
            ("source", source ?? "", nil),
        ])
        if !dag.vars.isEmpty { lines += [""] + variables.lines(layout) }
        lines += [""] + tasks.lines(layout)
        return lines.asText
    }

    private var variables: Table {
        var table = Table([
            .init(title: "VAR"), .init(title: "DEFAULT", isFlexible: true), .init(title: "MEANING", isFlexible: true, isOptional: true),
        ])
        for (name, variable) in dag.vars.sorted(by: { $0.key < $1.key }) {
            table.append([.init(name), .init(variable.defaultValue ?? "(required)"), .init(variable.desc)])
        }
        return table
    }

    private var tasks: Table {
        var table = Table([
            .init(title: "TASK"), .init(title: "NAME", isFlexible: true, isOptional: true), .init(title: "ACTION"),
            .init(title: "DEPENDS ON", isFlexible: true), .init(title: "TIMEOUT", alignment: .right, isOptional: true),
        ])
        for task in dag.tasks {
            table.append([
                .init(task.id), .init(task.name == task.id ? "" : task.name), .init(task.actionName),
                .init(task.dependOn.joined(separator: ", ")), .init(task.timeoutSecs.map { "\($0) s" } ?? ""),
            ])
        }
        return table
    }
}
