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
    /// The variables of a run: what was given, over the defaults. A variable that need not be given and has no default is left out.
    /// - Throws: `VarError` if a given name is not a variable of this DAG, a variable that must be given was not, or a text is not what its variable must be; all of it at once.
    public func instanceVars(_ given: [String: String]) throws(VarError) -> [String: String] {
        var problems: [String] = []
        for name in given.keys.sorted() where vars[name] == nil {
            let known = vars.isEmpty ? "it has none" : "it has \(vars.keys.sorted().prefix(20).joined(separator: ", "))"
            let hint = NearestName.nearest(to: name, among: vars.keys).map { "did you mean '\($0)'?" } ?? known
            problems.append("there is no variable '\(name)' (\(hint))")
        }
        var values: [String: String] = [:]
        for (name, variable) in vars.sorted(by: { $0.key < $1.key }) {
            values[name] = given[name] ?? variable.defaultValue
            if let text = given[name] {
                if let problem = variable.problem(with: text) { problems.append("the variable '\(name)' \(problem)") }
            } else if variable.mustBeGiven {
                let desc = variable.desc.isEmpty ? "" : " (\(variable.desc))"
                problems.append("the variable '\(name)'\(desc) \(variable.defaultValue == nil ? "has no default and " : "")must be given")
            }
        }
        guard problems.isEmpty else { throw VarError(dagId: id, problems: problems) }
        return values
    }

    /// The variables that are lists: what `TemplateScope.lists` takes.
    public var listVars: Set<String> { Set(vars.lazy.filter { $0.value.type == .list }.map(\.key)) }
}

extension Dag.Var {
    /// Whether each run must give the variable.
    public var mustBeGiven: Bool { required ?? (defaultValue == nil) }

    /// What is wrong with a text for this variable, as the end of a sentence; `nil` if nothing is.
    public func problem(with text: String) -> String? {
        if let type, let expected = expectation(type, text) { return "must be \(expected), found \(text.quotedForMessage())" }
        if let pattern, let regex = try? Regex(pattern), (try? regex.wholeMatch(in: text)) == nil {
            return "must match \(pattern), found \(text.quotedForMessage())"
        }
        return nil
    }

    /// What the text should have been.
    private func expectation(_ type: Dag.VarType, _ text: String) -> String? {
        switch type {
        case .string: return nil
        case .int: return Int64(text) == nil ? "a whole number" : nil
        case .number: return Double(text).map(\.isFinite) == true ? nil : "a number"
        case .bool: return text == "true" || text == "false" ? nil : "true or false"
        case .duration: return (try? DurationText.parse(text)) == nil ? "a time such as 90s or 1h30m" : nil
        case .list: return Value.list(json: text) == nil ? #"a JSON list such as ["a", "b"]"# : nil
        case .enum:
            let values = values ?? []
            guard !values.contains(text) else { return nil }
            return values.isEmpty ? "one of its values" : ObjectReader.alternatives(values)
        }
    }
}
