/// Reads definitions from YAML.
public enum DagParser {
    /// Reads the one DAG of a file, and reports everything that is wrong with it at once, each mistake with its place.
    ///
    /// fastflow's definitions load unchanged. A syntax error, or going beyond a limit, ends the search; all other mistakes are found
    /// together.
    /// - Parameters:
    ///   - text: the content of the file.
    ///   - file: its name, for messages; without directory and extension it is the id of a DAG that has none.
    ///   - known: actions that need no warning; `nil` warns of none.
    public static func parse(_ text: String, file: String, known: KnownActions? = nil, limits: DagLimits = DagLimits()) -> DagParseResult {
        let log = ProblemLog(file: file, limit: limits.maxProblems)
        guard let root = YamlReader.read(text, log: log, limits: limits), let draft = DagReader(log: log, limits: limits).read(root) else {
            return DagParseResult(dag: nil, problems: log.sorted())
        }
        DagChecks(draft, log: log).run(known: known)
        let subDags = draft.subDags.map { SubDagUse(task: $0.task, dag: $0.dag, line: $0.position.line, column: $0.position.column) }
        return DagParseResult(dag: log.hasErrors ? nil : draft.dag, problems: log.sorted(), subDags: subDags)
    }
}

/// What a file holds, and what is wrong with it.
public struct DagParseResult: Hashable, Sendable {
    /// The definition; `nil` if there is any error.
    public var dag: Dag?
    /// Mistakes and warnings in the order of the file.
    public var problems: [Problem]
    /// The DAGs that its tasks run, where they are named outright: for `DagSetChecks`.
    public var subDags: [SubDagUse]

    public init(dag: Dag?, problems: [Problem], subDags: [SubDagUse] = []) {
        self.dag = dag
        self.problems = problems
        self.subDags = subDags
    }
}
