/// Makes variables of YAML nodes.
struct VarReader {
    let log: ProblemLog

    func vars(_ object: ObjectReader) -> [String: Dag.Var] {
        var vars: [String: Dag.Var] = [:]
        for member in object.object("vars", expected: "an object with a member for each variable") {
            if !Self.isVarName(member.key) {
                log.error(
                    member.keyPosition,
                    "\(member.key.quotedForMessage()) cannot name a variable; use letters, digits, '_' and '-', and begin with a letter or '_'"
                )
            }
            vars[member.key] = variable(member)
        }
        return vars
    }

    private func variable(_ member: YamlNode.Member) -> Dag.Var {
        if case .scalar(let scalar) = member.value.content {
            if scalar.isNull {
                warnOfRequired(member)
            } else {
                log.error(
                    member.value.position,
                    "write the default of the variable '\(member.key)' as {defaultValue: …}, found \(member.value.found)")
            }
            return Dag.Var()
        }
        guard let object = ObjectReader(member.value, DagKeys.variable, log: log) else { return Dag.Var() }
        var result = Dag.Var(
            desc: object.text("desc") ?? "", type: object.choice("type"), required: object.bool("required"), pattern: object.text("pattern")
        )
        if object.value("values") != nil { result.values = object.texts("values").map(\.name) }
        result.defaultValue = defaultValue(object, type: result.type)
        if object.value("defaultValue") == nil, result.required == nil { warnOfRequired(member) }
        check(result, member.key, object)
        return result
    }

    private func warnOfRequired(_ member: YamlNode.Member) {
        log.warning(member.keyPosition, "the variable '\(member.key)' has no defaultValue, so each run must give it")
    }

    /// The text of the default; of a list it is its JSON.
    private func defaultValue(_ object: ObjectReader, type: Dag.VarType?) -> String? {
        guard let node = object.value("defaultValue") else { return nil }
        if type == .list, case .list = node.content { return object.anyValue(of: node).compactJSON }
        let text = object.text("defaultValue")
        if let text, Template.isPresent(in: text) {
            log.warning(node.position, "templates in defaults are not filled in; the variable would hold the text as it is")
        }
        return text
    }

    private func check(_ variable: Dag.Var, _ name: String, _ object: ObjectReader) {
        if let pattern = variable.pattern, (try? Regex(pattern)) == nil {
            log.error(
                object.value("pattern")?.position ?? object.node.position, "\(pattern.quotedForMessage()) is not a regular expression")
        }
        if variable.type == .enum, variable.values?.isEmpty ?? true {
            log.error(
                object.value("values")?.position ?? object.value("type")?.position ?? object.node.position,
                "the variable '\(name)' is an enum and needs 'values', a list of what it may be")
        } else if let values = object["values"], variable.type != .enum {
            log.error(values.keyPosition, "'values' of the variable '\(name)' says what an enum may be; add 'type: enum'")
        }
        if let text = variable.defaultValue, let node = object.value("defaultValue"), let problem = variable.problem(with: text) {
            log.error(node.position, "the default of the variable '\(name)' \(problem)")
        }
    }

    /// `[A-Za-z_][A-Za-z0-9_-]*`, at most 200 characters.
    private static func isVarName(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, first.isASCII, first.properties.isAlphabetic || first == "_" else { return false }
        return name.utf8.count <= DagLimits.longestID
            && name.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "-")
            }
    }
}
