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
    /// What started the run.
    public var trigger: String
    /// How the run has ended, for tasks of `onExit`; `nil` before.
    public var status: String?
    /// Why it has ended so, for tasks of `onExit`.
    public var reason: String?
    /// The item of a fan-out that a task is for.
    public var item: Value?
    /// The position of the item, from 0.
    public var index: Int?
    /// Variables that are lists (`Dag.listVars`): a template of one stands for the list.
    public var lists: Set<String>
    /// The most that the templates of one call may add, in bytes of text; an output used twice counts twice.
    public var maxRenderedBytes = 8 << 20

    public init(
        vars: [String: String] = [:], shareData: [String: String] = [:], outputs: TaskOutputs = [:], runID: String = "",
        dagID: String = "", trigger: String = "", status: String? = nil, reason: String? = nil, item: Value? = nil, index: Int? = nil,
        lists: Set<String> = []
    ) {
        self.vars = vars
        self.shareData = shareData
        self.outputs = outputs
        self.runID = runID
        self.dagID = dagID
        self.trigger = trigger
        self.status = status
        self.reason = reason
        self.item = item
        self.index = index
        self.lists = lists
    }

    /// What a reference stands for.
    /// - Throws: `TemplateError` if it names nothing, with the nearest known name.
    func value(of reference: TemplateReference) throws(TemplateError) -> Value {
        switch reference.target {
        case .variable(let name): return try variable(name, reference)
        case .shareData(let key):
            guard let text = shareData[key] else {
                throw unknown("no finished task has set the share data", key, shareData.keys, reference)
            }
            return .string(text)
        case .output(let task, let path):
            guard let (output, rest) = output(of: task, path) else {
                throw unknown("there is no output of a task", task, outputs.tasks, reference)
            }
            return try member(of: output, rest, "the output", reference)
        case .run(let field):
            guard let fact = fact(field) else {
                throw TemplateError(template: reference.source, message: "only tasks of onExit know how the run has ended")
            }
            return .string(fact)
        case .item(let path):
            guard let item else {
                if path.isEmpty { return try variable("item", reference) }
                throw TemplateError(template: reference.source, message: "there are items only in a task with forEach")
            }
            return try member(of: item, path, "the item", reference)
        case .index:
            if let index { return .int(Int64(index)) }
            return try variable("index", reference)
        }
    }

    func fact(_ field: TemplateReference.RunField) -> String? {
        switch field {
        case .id: runID
        case .dagId: dagID
        case .trigger: trigger
        case .status: status
        case .reason: reason ?? status.map { _ in "" }
        }
    }

    private func variable(_ name: String, _ reference: TemplateReference) throws(TemplateError) -> Value {
        guard let text = vars[name] else { throw unknown("the run has no variable", name, vars.keys, reference) }
        guard lists.contains(name) else { return .string(text) }
        guard let list = Value.list(json: text) else {
            throw TemplateError(template: reference.source, message: "the variable '\(name)' is not a JSON list")
        }
        return list
    }

    /// The output of a task and what is left of the way into it. Of a fan-out whose list is too large to keep, the item is looked up.
    func output(of task: String, _ path: [String]) -> (Value, rest: ArraySlice<String>)? {
        if let output = outputs[task] { return (output, path[...]) }
        guard let index = path.first.flatMap({ Int($0) }), let output = outputs[ForEach.itemID(task, index)] else { return nil }
        return (output, path.dropFirst())
    }

    private func unknown(_ what: String, _ name: String, _ known: some Sequence<String>, _ reference: TemplateReference) -> TemplateError {
        TemplateError(template: reference.source, message: "\(what) '\(name)'\(NearestName.hint(for: name, among: known))")
    }

    /// Goes down into a value. An array is entered by position, from 0.
    private func member(
        of output: Value, _ path: some Sequence<String>, _ what: String, _ reference: TemplateReference
    ) throws(TemplateError) -> Value {
        var value = output
        for step in path {
            switch value {
            case .object(let members):
                guard let member = members[step] else { throw unknown("\(what) has no member", step, members.keys, reference) }
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
