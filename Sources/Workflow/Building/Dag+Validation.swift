/// A DAG that was written in Swift has mistakes. All of them at once.
public struct DagValidationError: Error, Hashable, Sendable {
    public var dagId: String
    /// One sentence for each mistake, with the task that has it before a colon.
    public var problems: [String]

    public init(dagId: String, problems: [String]) {
        self.dagId = dagId
        self.problems = problems
    }
}

extension DagValidationError: CustomStringConvertible {
    public var description: String { "DAG '\(dagId)': \(problems.joined(separator: "; "))" }
}

extension Dag {
    /// This DAG, if the checks that a file goes through find no mistake.
    /// - Parameter known: actions there are; the parameters of those that are built in are checked. Where nothing is said, the built-in ones.
    /// - Throws: `DagValidationError` with all mistakes. Warnings are not among them.
    public func validated(known: KnownActions? = nil, limits: DagLimits = DagLimits()) throws(DagValidationError) -> Dag {
        let names = allTasks.map(\.id)
        // In place of a line there is the number of a task, from 1; 0 is the DAG itself.
        let place = { (line: Int) in names.indices.contains(line - 1) ? "task '\(names[line - 1])'" : "the DAG" }
        let log = ProblemLog(file: id, limit: limits.maxProblems) { "in \(place($0.line))" }
        if let draft = DagReader(log: log, limits: limits).read(DagTree(self).root) {
            DagChecks(draft, log: log).run(known: known ?? KnownActions(builtIn: BuiltInParameters.actions))
        }
        let errors = log.sorted().filter { $0.severity == .error }
        guard errors.isEmpty else { throw DagValidationError(dagId: id, problems: errors.map { "\(place($0.line)): \($0.message)" }) }
        return self
    }
}
