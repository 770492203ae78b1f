public import Workflow

/// Definitions of any size, for tests of what they cost.
public struct DagShape: Sendable, CustomStringConvertible {
    public var tasks: Int
    /// Tasks of a layer; 1 is a chain.
    public var width: Int
    /// On how many tasks of the layer before each task depends, at most `width`.
    public var parents: Int

    public init(tasks: Int, width: Int = 1, parents: Int = 1) {
        self.tasks = tasks
        self.width = width
        self.parents = min(parents, width)
    }

    public var edges: Int { max(0, tasks - width) * parents }

    public var description: String { width == 1 ? "chain of \(tasks)" : "\(tasks) in layers of \(width), \(parents) parents" }

    public func id(_ number: Int) -> String { "task-\(number)" }

    /// The numbers of the tasks that a task depends on: neighbours in the layer before, around it.
    public func parents(of number: Int) -> [Int] {
        guard number >= width else { return [] }
        let (layer, place) = number.quotientAndRemainder(dividingBy: width)
        return (0..<parents).map { (layer - 1) * width + (place + $0) % width }
    }

    /// The definition as a value.
    public func dag(params: [String: Value] = [:]) -> Dag {
        let ids = (0..<tasks).map(id)
        return Dag(
            id: "scale",
            tasks: (0..<tasks).map { number in
                Dag.Task(id: ids[number], actionName: "print", dependOn: parents(of: number).map { ids[$0] }, params: params)
            })
    }

    /// The definition as a file. Every task uses the output of its first parent, or with `grandparents` that of its first parent's first parent.
    public func yaml(grandparents: Bool = false) -> String {
        var text = "id: scale\ntasks:\n"
        for number in 0..<tasks {
            text += "- id: \(id(number))\n  action: print\n"
            let parents = parents(of: number)
            guard let first = parents.first else { continue }
            text += "  dependOn: [" + parents.map(id).joined(separator: ", ") + "]\n"
            let used = grandparents ? self.parents(of: first).first ?? first : first
            text += "  params: {message: \"{{tasks.\(id(used)).output}}\"}\n"
        }
        return text
    }
}
