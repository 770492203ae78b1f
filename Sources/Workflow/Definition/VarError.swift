/// The variables that were given for a run do not fit the DAG. All mistakes at once.
public struct VarError: Error, Hashable, Sendable {
    public var dagId: String
    /// One sentence for each mistake.
    public var problems: [String]

    public init(dagId: String, problems: [String]) {
        self.dagId = dagId
        self.problems = problems
    }
}

extension VarError: CustomStringConvertible {
    public var description: String { "DAG '\(dagId)': \(problems.joined(separator: "; "))" }
}

extension Dag {
    /// The variables of a run: what was given, over the defaults.
    /// - Throws: `VarError` if a given name is not a variable of this DAG, or a variable without default was not given.
    public func instanceVars(_ given: [String: String]) throws(VarError) -> [String: String] {
        var problems: [String] = []
        for name in given.keys.sorted() where vars[name] == nil {
            let known = vars.isEmpty ? "it has none" : "it has \(vars.keys.sorted().prefix(20).joined(separator: ", "))"
            let hint = NearestName.nearest(to: name, among: vars.keys).map { "did you mean '\($0)'?" } ?? known
            problems.append("there is no variable '\(name)' (\(hint))")
        }
        var values = vars.compactMapValues(\.defaultValue)
        values.merge(given) { _, given in given }
        for name in vars.keys.sorted() where values[name] == nil {
            let desc = vars[name]?.desc ?? ""
            problems.append("the variable '\(name)'\(desc.isEmpty ? "" : " (\(desc))") has no default and must be given")
        }
        guard problems.isEmpty else { throw VarError(dagId: id, problems: problems) }
        return values
    }
}
