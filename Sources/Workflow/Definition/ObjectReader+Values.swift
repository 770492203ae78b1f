extension ObjectReader {
    private func scalar(_ node: YamlNode) -> Value? {
        guard case .scalar(let scalar) = node.content else { return nil }
        return try? scalar.value()
    }

    func bool(_ key: String) -> Bool? {
        guard let node = value(key) else { return nil }
        if case .bool(let bool)? = scalar(node) { return bool }
        mismatch(key, node, expected: "true or false")
        return nil
    }

    /// A whole number within the range of its key.
    func integer(_ key: String) -> Int? {
        guard let node = value(key), case .integer(let range)? = group.type(of: key) else { return nil }
        guard case .int(let number)? = scalar(node) else {
            mismatch(key, node, expected: "a whole number")
            return nil
        }
        guard let int = Int(exactly: number), range.contains(int) else {
            log.error(node.position, "'\(key)' must be from \(range.lowerBound) to \(range.upperBound), found \(number)")
            return nil
        }
        return int
    }

    /// A number within the range of its key.
    func number(_ key: String) -> Double? {
        guard let node = value(key), case .number(let range)? = group.type(of: key) else { return nil }
        let number: Double
        switch scalar(node) {
        case .int(let int)?: number = Double(int)
        case .double(let double)?: number = double
        default:
            mismatch(key, node, expected: "a number")
            return nil
        }
        guard range.contains(number) else {
            log.error(node.position, "'\(key)' must be from \(range.lowerBound.plain) to \(range.upperBound.plain), found \(number.plain)")
            return nil
        }
        return number
    }

    /// Seconds: a number of them, or a time such as `250ms`; within the range of its key.
    func time(_ key: String) -> Double? {
        guard let node = value(key), case .time(let range)? = group.type(of: key) else { return nil }
        guard let seconds = seconds(node) else {
            mismatch(key, node, expected: "a number of seconds or a time such as 250ms or 1h30m")
            return nil
        }
        guard range.contains(seconds) else {
            log.error(
                node.position,
                "'\(key)' must be from \(range.lowerBound.plain) to \(range.upperBound.plain) seconds, found \(seconds.plain)")
            return nil
        }
        return seconds
    }

    /// Whole seconds: a number of them, or a time that comes to whole seconds; within the range of its key.
    func seconds(_ key: String) -> Int? {
        guard let node = value(key), case .seconds(let range)? = group.type(of: key) else { return nil }
        guard let seconds = seconds(node), let whole = Int(exactly: seconds) else {
            mismatch(key, node, expected: "a whole number of seconds or a time such as 90s or 1h30m")
            return nil
        }
        guard range.contains(whole) else {
            log.error(
                node.position,
                "'\(key)' must be from \(range.lowerBound) to \(range.upperBound) seconds, found \(whole); leave it out for no limit")
            return nil
        }
        return whole
    }

    private func seconds(_ node: YamlNode) -> Double? {
        switch scalar(node) {
        case .int(let int)?: Double(int)
        case .double(let double)?: double
        case .string(let text)?: try? DurationText.seconds(text)
        default: nil
        }
    }

    /// Texts by name, each as it was written: `gpu: true` is the text `true`.
    func labels(_ key: String) -> [String: String]? {
        guard let node = value(key) else { return nil }
        var labels: [String: String] = [:]
        for member in object(key, expected: "an object of texts") {
            guard case .scalar(let scalar) = member.value.content, !scalar.isNull else {
                log.error(member.value.position, "the label '\(member.key)' must be a text, found \(member.value.found)")
                continue
            }
            if [member.key, scalar.text].contains(where: { $0.isEmpty || $0.utf8.count > DagLimits.longestID }) {
                log.error(member.keyPosition, "a label and its value have 1 to \(DagLimits.longestID) bytes")
            } else if Template.isPresent(in: scalar.text) {
                log.error(member.value.position, "labels hold no templates: nodes are looked for before anything is rendered")
            }
            labels[member.key] = scalar.text
        }
        if labels.count > DagLimits.mostLabels { log.error(node.position, "\(labels.count) labels, the most is \(DagLimits.mostLabels)") }
        return labels.isEmpty ? nil : labels
    }

    /// A name of something outside of the DAG, such as a pool.
    func name(_ key: String) -> String? {
        guard let node = value(key), let text = text(key) else { return nil }
        if Template.isPresent(in: text) {
            log.error(node.position, "'\(key)' of \(what) must be a name as it is, without templates")
        } else {
            checkID(text, node.position, log, what: "'\(key)'")
        }
        return text
    }

    /// What a node holds, as a value.
    func anyValue(of node: YamlNode) -> Value {
        switch node.content {
        case .scalar(let scalar):
            do throws(YamlScalar.Unwritable) {
                return try scalar.value()
            } catch {
                log.error(node.position, error.message)
                return .null
            }
        case .list(let elements): return .array(elements.map(anyValue))
        case .object(let members):
            return .object(Dictionary(members.map { ($0.key, anyValue(of: $0.value)) }, uniquingKeysWith: { first, _ in first }))
        }
    }
}

extension Double {
    /// Without `.0`.
    fileprivate var plain: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
