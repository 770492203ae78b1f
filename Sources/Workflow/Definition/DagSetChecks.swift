/// A task that runs another DAG, where that is named outright.
public struct SubDagUse: Hashable, Sendable {
    /// The task that runs it.
    public var task: String
    /// The DAG that it runs.
    public var dag: String
    /// Where it is named.
    public var line: Int
    public var column: Int

    public init(task: String, dag: String, line: Int = 1, column: Int = 1) {
        self.task = task
        self.dag = dag
        self.line = line
        self.column = column
    }
}

extension Dag {
    /// The action that runs another DAG, and the parameter that names it.
    static let subDagAction = (name: "dag", parameter: "dag")

    /// The DAGs that tasks of this one run, where they are named outright.
    public var subDags: [SubDagUse] { allTasks.compactMap { task in task.subDag.map { SubDagUse(task: task.id, dag: $0) } } }
}

extension Dag.Task {
    /// The DAG that the task runs; `nil` if it runs none, or one that a template names.
    var subDag: String? {
        guard actionName == Dag.subDagAction.name, let name = params[Dag.subDagAction.parameter]?.stringValue else { return nil }
        return Template.isPresent(in: name) ? nil : name
    }
}

/// The rules that span several definitions: the DAGs that tasks run must be there, and must not run each other in a circle.
public enum DagSetChecks {
    /// A definition among others.
    public struct Member: Sendable {
        public var id: String
        /// The file that it comes from, for messages.
        public var file: String
        public var subDags: [SubDagUse]

        public init(id: String, file: String, subDags: [SubDagUse]) {
            self.id = id
            self.file = file
            self.subDags = subDags
        }
    }

    /// What is wrong, in the order of the members. A circle is reported once, at its first member; a DAG that runs itself is the parser's to report.
    /// - Parameter known: ids of DAGs that are elsewhere; `nil` if nobody was asked, so that a missing one may be in the store.
    public static func problems(_ members: [Member], known: Set<String>? = nil) -> [Problem] {
        let numbers = Dictionary(members.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        return missing(members, numbers, known) + circles(members, numbers)
    }

    private static func missing(_ members: [Member], _ numbers: [String: Int], _ known: Set<String>?) -> [Problem] {
        members.flatMap { member in
            member.subDags.compactMap { use in
                guard numbers[use.dag] == nil, known?.contains(use.dag) != true else { return nil }
                let hint = NearestName.nearest(to: use.dag, among: numbers.keys).map { "; did you mean '\($0)'?" }
                let message = "the task '\(use.task)' runs the DAG '\(use.dag)', which is not here"
                return Problem(
                    severity: .warning, file: member.file, line: use.line, column: use.column,
                    message: message
                        + (hint
                            ?? (known == nil ? "; it must have been applied before a run needs it" : "; apply it before a run needs it")))
            }
        }
    }

    private static func circles(_ members: [Member], _ numbers: [String: Int]) -> [Problem] {
        let order = DependencyOrder(
            parents: members.enumerated().map { number, member in
                member.subDags.compactMap { numbers[$0.dag] }.filter { $0 != number }
            })
        return order.cycles.map { cycle in
            let names = cycle.map { members[$0].id }
            let first = members[cycle[0]]
            // In a circle each is needed by the next, so the first runs the last.
            let use = first.subDags.first { $0.dag == names.last }
            let circle = ([names[0]] + names.reversed()).joined(separator: " -> ")
            return Problem(
                severity: .error, file: first.file, line: use?.line ?? 1, column: use?.column ?? 1,
                message: "the DAGs run each other in a circle: \(circle); take one of the tasks out")
        }
    }
}
