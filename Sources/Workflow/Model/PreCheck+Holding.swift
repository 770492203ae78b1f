extension PreCheck.Condition {
    /// Whether the condition holds. A value that is not there never holds, whatever the operator (as in fastflow), but for `exists` with the value `false`.
    public func holds(in scope: TemplateScope) -> Bool {
        guard let found = value(in: scope) else { return op == .exists && values == ["false"] }
        switch op {
        case .exists: return values != ["false"]
        case .isIn: return values.contains(found.interpolated)
        case .isNotIn: return !values.contains(found.interpolated)
        case .matches: return values.first.flatMap { try? Regex($0).wholeMatch(in: found.interpolated) } != nil
        case .equal, .notEqual, .greater, .less, .greaterOrEqual, .lessOrEqual:
            guard let other = values.first else { return false }
            return compares(found.interpolated, other)
        }
    }

    private func value(in scope: TemplateScope) -> Value? {
        switch source {
        case .vars: return scope.vars[key].map(Value.string)
        case .shareData: return scope.shareData[key].map(Value.string)
        case .run: return TemplateReference.RunField(rawValue: key).flatMap(scope.fact).map(Value.string)
        case .outputs:
            guard let names = try? TemplateParser.path(of: key), let (output, rest) = scope.output(of: names[0], Array(names.dropFirst()))
            else { return nil }
            return output.member(at: rest)
        }
    }

    /// As numbers where both are numbers, else as texts.
    private func compares(_ left: String, _ right: String) -> Bool {
        if let left = Int64(left), let right = Int64(right) { return compares(ordered: left, right) }
        if let left = Double(left), let right = Double(right) { return compares(ordered: left, right) }
        return compares(ordered: left, right)
    }

    private func compares<Operand: Comparable>(ordered left: Operand, _ right: Operand) -> Bool {
        switch op {
        case .equal: left == right
        case .notEqual: left != right
        case .greater: left > right
        case .less: left < right
        case .greaterOrEqual: left >= right
        case .lessOrEqual: left <= right
        case .isIn, .isNotIn, .exists, .matches: false
        }
    }
}

extension Value {
    /// The part of this value at the end of a way; `nil` where there is none. An array is entered by position, from 0.
    fileprivate func member(at path: some Sequence<String>) -> Value? {
        path.reduce(Optional(self)) { value, step in
            switch value {
            case .object(let members)?: members[step]
            // A bare nil would be the value null.
            case .array(let elements)?: Int(step).flatMap { elements.indices.contains($0) ? elements[$0] : Value?.none }
            default: Value?.none
            }
        }
    }
}

extension [PreCheck] {
    /// The first check, in written order, all of whose conditions hold.
    public func firstHolding(in scope: TemplateScope) -> PreCheck? { first { $0.conditions.allSatisfy { $0.holds(in: scope) } } }
}

extension [PreCheck.Condition] {
    /// The first condition, in written order, that does not hold.
    public func firstFailing(in scope: TemplateScope) -> PreCheck.Condition? { first { !$0.holds(in: scope) } }
}

extension PreCheck.Condition: CustomStringConvertible {
    /// The condition in words, for reasons.
    public var description: String {
        let shown = values.map { $0.quotedForMessage() }
        let subject = "\(source.rawValue) \(key)"
        return switch op {
        case .exists: values == ["false"] ? "not \(subject) exists" : "\(subject) exists"
        case .isIn, .isNotIn: "\(subject) \(op.rawValue) [\(shown.joined(separator: ", "))]"
        default: "\(subject) \(op.rawValue) \(shown.joined())"
        }
    }
}
