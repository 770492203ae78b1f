/// Reads checks and conditions.
struct ConditionReader {
    let log: ProblemLog

    func checks(_ object: ObjectReader) -> [(check: PreCheck, conditions: [TaskDraft.Condition])] {
        object.object("preCheck", expected: "an object with a member for each check").compactMap(check)
    }

    private func check(_ member: YamlNode.Member) -> (check: PreCheck, conditions: [TaskDraft.Condition])? {
        guard let object = ObjectReader(member.value, DagKeys.preCheck, log: log) else { return nil }
        if object.value("act") == nil { object.missing("act", "'skip' or 'block'") }
        let act: PreCheck.Act = object.choice("act") ?? .skip
        let conditions = object.list("conditions").compactMap { condition($0) }
        if object.list("conditions").isEmpty {
            log.warning(member.keyPosition, "the preCheck '\(member.key)' has no conditions, so it always holds")
        }
        return (PreCheck(name: member.key, conditions: conditions.map(\.condition), act: act), conditions)
    }

    /// `when`: a text, or a list of texts and conditions.
    func when(_ object: ObjectReader) -> [TaskDraft.Condition]? {
        guard let node = object.value("when") else { return nil }
        let conditions: [TaskDraft.Condition]
        switch node.content {
        case .scalar: conditions = words(node)
        case .object: conditions = condition(node, isWhen: true).map { [$0] } ?? []
        case .list(let elements):
            conditions = elements.flatMap { element in
                if case .scalar = element.content { return words(element) }
                return condition(element, isWhen: true).map { [$0] } ?? []
            }
            if elements.isEmpty { log.error(node.position, "'when' has no conditions; leave it out to run always") }
        }
        return conditions
    }

    private func words(_ node: YamlNode) -> [TaskDraft.Condition] {
        guard case .scalar(let scalar) = node.content else { return [] }
        do throws(ConditionTextError) {
            return try ConditionText.parse(scalar.text).map { checked(.init(condition: $0, position: node.position, isWhen: true), node) }
        } catch {
            log.error(node.position, "\(error)")
            return []
        }
    }

    private func condition(_ node: YamlNode, isWhen: Bool = false) -> TaskDraft.Condition? {
        guard let object = ObjectReader(node, DagKeys.condition, log: log) else { return nil }
        let alternatives = { (names: [String]) in ObjectReader.alternatives(names) }
        if object.value("source") == nil { object.missing("source", alternatives(PreCheck.Condition.Source.allCases.map(\.rawValue))) }
        if object.value("key") == nil { object.missing("key", "the name of what is compared") }
        if object.value("op") == nil { object.missing("op", alternatives(PreCheck.Condition.Op.allCases.map(\.rawValue))) }
        let (source, op): (PreCheck.Condition.Source?, PreCheck.Condition.Op?) = (object.choice("source"), object.choice("op"))
        let condition = PreCheck.Condition(
            source: source ?? .shareData, key: object.text("key") ?? "", op: op ?? .isIn, values: object.texts("values").map(\.name))
        let draft = TaskDraft.Condition(condition: condition, position: object.value("key")?.position ?? node.position, isWhen: isWhen)
        // What is wrong already would be reported twice.
        return source == nil || op == nil || condition.key.isEmpty ? draft : checked(draft, object.value("values") ?? node)
    }

    private func checked(_ draft: TaskDraft.Condition, _ values: YamlNode) -> TaskDraft.Condition {
        if let problem = draft.condition.valuesProblem { log.error(values.position, problem) }
        if let problem = draft.condition.keyProblem { log.error(draft.position, problem) }
        return draft
    }
}

extension PreCheck.Condition {
    /// What is wrong with the values for the operator.
    var valuesProblem: String? {
        switch op {
        case .isIn, .isNotIn: nil
        case .exists:
            values.isEmpty || values == ["true"] || values == ["false"] ? nil : "'exists' takes no values, or \"true\" or \"false\""
        case .matches where values.count == 1:
            (try? Regex(values[0])) == nil ? "\(values[0].quotedForMessage()) is not a regular expression" : nil
        case .equal, .notEqual, .greater, .less, .greaterOrEqual, .lessOrEqual, .matches:
            values.count == 1 ? nil : "'\(op.rawValue)' compares with one value, found \(values.count); 'in' takes a list"
        }
    }

    /// What is wrong with the key for the source.
    var keyProblem: String? {
        switch source {
        case .vars, .shareData: nil
        case .outputs:
            (try? TemplateParser.path(of: key)) == nil
                ? "\(key.quotedForMessage()) is not the way into an output; write the task first, such as extract.rows[0].name" : nil
        case .run:
            TemplateReference.RunField(rawValue: key) == nil
                ? "of a run there are \(TemplateReference.RunField.allCases.map(\.rawValue).joined(separator: ", ")), not \(key.quotedForMessage())"
                : nil
        }
    }
}
