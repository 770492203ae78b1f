import Console
import Engine
import Workflow

/// What `run --dry-run` shows.
struct PreviewReport: Report {
    struct Param: Encodable, Hashable {
        /// The value that the action gets, or, where it waits for something, as it is written.
        var value: Value
        /// Empty where the value is known.
        var waitsFor: [String]

        init(_ param: RunPreview.Param) {
            switch param {
            case .rendered(let value): (self.value, waitsFor) = (value, [])
            case .waits(let value, let names): (self.value, waitsFor) = (value, names)
            }
        }
    }

    struct Task: Encodable, Hashable {
        var id: String
        var action: String
        var dependOn: [String]
        /// From 1; tasks of one level can run at once.
        var level: Int
        var isExit: Bool
        var params: [String: Param]
        /// Nodes that could run it; where it may not leave its run's node, those are the run's.
        var nodes: [String]
        var isPlaced: Bool
        /// Why no node could run it now.
        var shortage: String?
    }

    var dag: String
    var version: String
    var vars: [String: String]
    /// Nodes that could own the run.
    var nodes: [String]
    var shortage: String?
    var tasks: [Task]

    init(_ preview: RunPreview, version: String) {
        dag = preview.dag
        self.version = version
        vars = preview.vars
        nodes = preview.nodes
        shortage = preview.shortage?.text
        tasks = preview.tasks.map { task in
            Task(
                id: task.id, action: task.actionName, dependOn: task.dependOn, level: task.level, isExit: task.isExit,
                params: task.params.mapValues(Param.init), nodes: task.isPlaced ? task.nodes : preview.nodes, isPlaced: task.isPlaced,
                shortage: task.isPlaced ? task.shortage?.text : nil)
        }
    }

    func text(_ layout: Layout) -> String {
        var lines = layout.fields([
            ("dag", "\(dag)@\(version)", nil), ("vars", RunReport.pairs(vars), nil),
            ("nodes", nodes.isEmpty ? "none" : nodes.joined(separator: " "), nodes.isEmpty ? .yellow : nil),
            ("would wait", shortage ?? "", .yellow),
        ])
        var table = Table([
            .init(title: "STEP", alignment: .right), .init(title: "TASK", isFlexible: true), .init(title: "ACTION", isFlexible: true),
            .init(title: "AFTER", isFlexible: true, isOptional: true), .init(title: "NODE", isFlexible: true),
            .init(title: "PARAMS", isFlexible: true, isOptional: true),
        ])
        for task in tasks {
            let node = task.isPlaced ? task.shortage ?? task.nodes.joined(separator: " ") : "the run's"
            table.append([
                "\(task.level)", .init(task.id + (task.isExit ? " (onExit)" : "")), .init(task.action),
                .init(task.dependOn.joined(separator: ", ")), .init(node, task.shortage == nil ? nil : .yellow),
                .init(Self.text(task.params)),
            ])
        }
        lines += [""] + table.lines(layout) + ["", "nothing was submitted"]
        return lines.asText
    }

    private static func text(_ params: [String: Param]) -> String {
        params.sorted { $0.key < $1.key }.map { key, param in
            guard !param.waitsFor.isEmpty else { return "\(key)=\(short(param.value))" }
            return "\(key)=(waits for \(param.waitsFor.joined(separator: ", ")))"
        }.joined(separator: " ")
    }

    private static func short(_ value: Value) -> String {
        let text = value.stringValue ?? JSONOutput.line(value).trimmingLineFeed
        return text.count > 200 ? text.prefix(200) + "…" : text
    }
}

extension String {
    fileprivate var trimmingLineFeed: String { hasSuffix("\n") ? String(dropLast()) : self }
}
