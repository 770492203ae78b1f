/// Checks the parameters of a built-in action against its table. A value with a template in it is known only when the task starts.
struct ParameterChecks {
    private let task: TaskDraft
    private let table: BuiltInParameters
    private let log: ProblemLog

    init(_ task: TaskDraft, _ table: BuiltInParameters, log: ProblemLog) {
        self.task = task
        self.table = table
        self.log = log
    }

    func run() {
        let params = task.task.params
        for name in params.keys.sorted() {
            if let parameter = table.parameters.first(where: { $0.name == name }) {
                if let value = params[name] { check(value, parameter) }
            } else {
                checkUnknown(name)
            }
        }
        checkOneOf()
    }

    private var action: String { task.task.actionName }

    private func keyPosition(_ name: String) -> YamlPosition {
        guard case .object(let members)? = task.params?.content else { return task.position }
        return members.first { $0.key == name }?.keyPosition ?? task.position
    }

    private func checkUnknown(_ name: String) {
        let names = table.parameters.map(\.name)
        let nearest = NearestName.nearest(to: name, among: names)
        if table.isOpen {
            // Any name is taken, so only what looks like a slip is one.
            guard let nearest, task.task.params[nearest] == nil else { return }
            log.error(
                keyPosition(name), "the action '\(action)' has no parameter \(name.quotedForMessage()); did you mean '\(nearest)'?")
        } else {
            let advice = nearest.map { "did you mean '\($0)'?" } ?? "known are \(names.joined(separator: ", "))"
            log.error(keyPosition(name), "the action '\(action)' has no parameter \(name.quotedForMessage()); \(advice)")
        }
    }

    private func checkOneOf() {
        guard !table.oneOf.isEmpty else { return }
        let given = table.oneOf.filter { task.task.params[$0].map { $0 != .null } ?? false }
        let position = task.params?.position ?? task.actionPosition ?? task.position
        if given.isEmpty {
            log.error(position, "the action '\(action)' needs the parameter \(ObjectReader.alternatives(table.oneOf))")
        } else if given.count > 1 {
            log.error(keyPosition(given[1]), "'\(given[0])' and '\(given[1])' exclude each other; give one")
        }
    }

    private func check(_ value: Value, _ parameter: BuiltInParameters.Parameter) {
        let scan = value.templateReferences()
        guard scan.uses.isEmpty, scan.failures.isEmpty, value != .null, let expected = parameter.kind.expectation(value) else { return }
        let node = task.params?.node(at: [.key(parameter.name)])
        log.error(node?.position ?? task.position, "params.\(parameter.name) must be \(expected), found \(node?.found ?? value.found)")
    }
}

extension BuiltInParameters.Kind {
    /// What the value should have been; `nil` if it is that.
    func expectation(_ value: Value) -> String? {
        switch self {
        case .any: return nil
        case .text: return value.scalarText == nil ? "a text" : nil
        case .texts: return value.scalarText == nil && !value.isList(where: { $0.scalarText != nil }) ? "a text or a list of texts" : nil
        case .integer(let range):
            return value.wholeNumber.map(range.contains) == true ? nil : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .integers: return value.isList { $0.wholeNumber != nil } ? nil : "a list of whole numbers"
        case .time: return value.scalarText.flatMap { try? DurationText.parse($0) } == nil ? "a time such as 90s or 1h30m" : nil
        case .date: return value.scalarText.flatMap { ISODate.date(from: $0) } == nil ? "a time such as 2030-01-31T08:00:00Z" : nil
        case .object: return value.objectValue.map { $0.values.allSatisfy { $0.scalarText != nil } } == true ? nil : "an object of texts"
        case .list: return value.arrayValue == nil ? "a list" : nil
        case .choice(let words):
            guard let text = value.scalarText, !words.contains(text) else { return value.scalarText == nil ? "a text" : nil }
            return ObjectReader.alternatives(words)
        }
    }
}

extension Value {
    /// The text of a scalar, as actions read it.
    fileprivate var scalarText: String? {
        switch self {
        case .string(let text): text
        case .int, .double, .bool: compactJSON
        case .null, .array, .object: nil
        }
    }

    fileprivate var wholeNumber: Int? {
        switch self {
        case .int(let int): Int(exactly: int)
        case .double(let double): Int(exactly: double)
        case .string(let text): Int(text)
        case .null, .bool, .array, .object: nil
        }
    }

    fileprivate func isList(where isElement: (Value) -> Bool) -> Bool { arrayValue?.allSatisfy(isElement) ?? false }
}
