import Workflow

/// The graph of a run as text: a line for each node, parents above children, joined by lines at the left.
///
/// A node's line to its children begins at its sign and goes down; a child stands at its side. A line that only passes is not joined: `─│─`. Tasks with the same children stand on one line.
package struct GraphDrawing {
    let graph: RunGraph
    let glyphs: Glyphs
    /// How many lines there may be.
    let rowLimit: Int

    package init(_ graph: RunGraph, _ glyphs: Glyphs, rowLimit: Int = 200) {
        self.graph = graph
        self.glyphs = glyphs
        self.rowLimit = rowLimit
    }

    package func lines(_ layout: Layout) -> [String] {
        let order = graph.order
        guard !order.isEmpty else { return [] }
        var lanes = Lanes(graph, columnLimit: max((layout.width ?? 100) / 5, 4))
        var lines: [String] = []
        let shown = order.count > rowLimit ? order.prefix(rowLimit) : order[...]
        var isAtEnd = false
        for node in shown {
            if graph.nodes[node].isExit, !isAtEnd {
                isAtEnd = true
                lines.append(layout.styled("at the end:", .dim))
            }
            lines.append(line(node, lanes.draw(node, glyphs), layout))
        }
        if shown.count < order.count { lines.append(rest(Array(order.dropFirst(rowLimit)), layout)) }
        return lines + [legend(layout)]
    }

    // MARK: A node

    private func line(_ index: Int, _ row: Lanes.Row, _ layout: Layout) -> String {
        let node = graph.nodes[index]
        let status = Self.status(of: node)
        var line = StyledLine()
        line.append(row.before, .dim)
        line.append(String(glyphs.symbol(status)), status.style)
        line.append(row.after, .dim)
        line.append(" " + name(of: node), status == .`init` ? .dim : nil)
        let facts = self.facts(node, layout) + after(node)
        if !facts.isEmpty { line.append("  " + facts.joined(separator: "  "), .dim) }
        return line.text(layout)
    }

    private func name(of node: RunGraph.Node) -> String {
        let names = node.tasks.map { DisplayWidth.printable($0.taskId) }
        guard names.count > 1 else { return names.first ?? "" }
        return "\(names[0]) \(glyphs.ellipsis) \(names[names.count - 1])"
    }

    private func facts(_ node: RunGraph.Node, _ layout: Layout) -> [String] {
        guard node.tasks.count == 1 else { return ["\(node.tasks.count) tasks: \(Self.counts(node.tasks))"] }
        let task = node.tasks[0]
        var facts: [String] = []
        if let items = node.items { facts.append("\(items.done)/\(items.count)") }
        if task.startedAt != nil { facts.append(TaskTable.duration(of: task, layout)) }
        if task.attempt > 1 { facts.append("attempt \(task.attempt)") }
        return facts
    }

    /// The lines show which tasks come before; where they are several the names say it too.
    private func after(_ node: RunGraph.Node) -> [String] {
        guard node.parents.count > 1 else { return [] }
        let names = node.parents.prefix(Self.parentLimit).map { name(of: graph.nodes[$0]) }
        let rest = node.parents.count - names.count
        return ["after " + names.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")]
    }

    private static let parentLimit = 3

    private static func counts(_ tasks: [TaskInstance]) -> String {
        TaskInstanceStatus.allCases.compactMap { status in
            let count = tasks.count { $0.status == status }
            return count == 0 ? nil : "\(count) \(status.rawValue)"
        }.joined(separator: ", ")
    }

    /// What matters most of a node's tasks.
    static func status(of node: RunGraph.Node) -> TaskInstanceStatus {
        let all = node.tasks.map(\.status)
        return urgency.first(where: all.contains) ?? .`init`
    }

    private static let urgency: [TaskInstanceStatus] = [
        .failed, .blocked, .canceled, .retrying, .running, .ending, .parked, .`continue`, .queued, .`init`, .success, .skipped,
    ]

    // MARK: Around it

    /// What does not fit, and where it stands.
    private func rest(_ nodes: [Int], _ layout: Layout) -> String {
        let tasks = nodes.flatMap { graph.nodes[$0].tasks }
        let layers = nodes.map { graph.nodes[$0].layer }
        let names = tasks.prefix(5).map { DisplayWidth.printable($0.taskId) }.joined(separator: ", ")
        let range = "steps \(layers.min() ?? 1) to \(layers.max() ?? 1)"
        let text = "\(glyphs.ellipsis) and \(tasks.count) more tasks (\(Self.counts(tasks))), in \(range): \(names), \(glyphs.ellipsis)"
        return layout.styled(DisplayWidth.cut(text, to: layout.width), .dim)
    }

    /// The signs that occur, what they mean and how often.
    private func legend(_ layout: Layout) -> String {
        let tasks = graph.nodes.flatMap(\.tasks)
        var line = StyledLine()
        let present = TaskInstanceStatus.allCases.map { status in (status, tasks.count { $0.status == status }) }.filter { $0.1 > 0 }
        for (index, (status, count)) in present.enumerated() {
            line.append((index > 0 ? "  " : "") + "\(glyphs.symbol(status)) ", status.style)
            line.append("\(count) \(status.rawValue)", .dim)
        }
        return line.text(layout)
    }
}
