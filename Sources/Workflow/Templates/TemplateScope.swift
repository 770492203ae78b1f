/// What templates can name when they are rendered.
public struct TemplateScope: Sendable, Hashable {
    /// Values of the run's variables.
    public var vars: [String: String]
    /// What earlier tasks left in the run's share data.
    public var shareData: [String: String]
    /// Outputs of finished tasks by task id.
    public var outputs: TaskOutputs
    /// The run's id.
    public var runID: String
    /// The id of the run's DAG.
    public var dagID: String
    /// What started the run; facts of its end, for the tasks at the end.
    public var trigger = ""
    public var status: String?
    public var reason: String?
    /// The item of a fan-out, and its index.
    public var item: Value?
    public var index: Int?
    /// Names of variables of the type `list`.
    public var lists: Set<String> = []
    /// The most that the templates of one call may add, in bytes of text; an output used twice counts twice.
    public var maxRenderedBytes = 8 << 20

    public init(
        vars: [String: String] = [:], shareData: [String: String] = [:], outputs: TaskOutputs = [:], runID: String = "",
        dagID: String = ""
    ) {
        self.vars = vars
        self.shareData = shareData
        self.outputs = outputs
        self.runID = runID
        self.dagID = dagID
    }

    /// What a reference stands for.
    /// - Throws: `TemplateError` if it names nothing, with the nearest known name.
    func value(of reference: TemplateReference) throws(TemplateError) -> Value {
        switch reference.target {
        case .variable(let name):
            guard let text = vars[name] else { throw unknown("the run has no variable", name, vars.keys, reference) }
            return .string(text)
        case .shareData(let key):
            guard let text = shareData[key] else {
                throw unknown("no finished task has set the share data", key, shareData.keys, reference)
            }
            return .string(text)
        case .output(let task, let path):
            guard let output = outputs[task] else { throw unknown("there is no output of a task", task, outputs.tasks, reference) }
            return try member(of: output, path, reference)
        case .run(.id): return .string(runID)
        case .run(.dagId): return .string(dagID)
        }
    }

    private func unknown(_ what: String, _ name: String, _ known: some Sequence<String>, _ reference: TemplateReference) -> TemplateError {
        TemplateError(template: reference.source, message: "\(what) '\(name)'\(NearestName.hint(for: name, among: known))")
    }

    /// Goes down into an output. An array is entered by position, from 0.
    private func member(of output: Value, _ path: [String], _ reference: TemplateReference) throws(TemplateError) -> Value {
        var value = output
        for step in path {
            switch value {
            case .object(let members):
                guard let member = members[step] else { throw unknown("the output has no member", step, members.keys, reference) }
                value = member
            case .array(let elements):
                guard let index = Int(step), elements.indices.contains(index) else {
                    let message = "'\(step)' is not a position in a list of \(elements.count); positions count from 0"
                    throw TemplateError(template: reference.source, message: message)
                }
                value = elements[index]
            default:
                throw TemplateError(template: reference.source, message: "'\(step)' asks for a part of \(value.kindName), which has none")
            }
        }
        return value
    }
}
