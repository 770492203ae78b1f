/// Reads the rules of a task or a DAG that are objects of their own.
struct RuleReader {
    let log: ProblemLog

    func retry(_ object: ObjectReader) -> RetryPolicy? {
        guard let node = object.value("retry"), let retry = ObjectReader(node, DagKeys.retry, log: log) else { return nil }
        if retry.value("limit") == nil { retry.missing("limit", "how many retries follow failed attempts") }
        let on = retry.texts("on")
        for cause in on where cause.name.isEmpty {
            log.error(cause.position, "an empty text is part of every reason; leave 'on' out to retry all")
        }
        return RetryPolicy(limit: retry.integer("limit") ?? 0, backoff: backoff(retry), on: on.isEmpty ? nil : on.map(\.name))
    }

    private func backoff(_ object: ObjectReader) -> RetryPolicy.Backoff? {
        guard let node = object.value("backoff"), let backoff = ObjectReader(node, DagKeys.backoff, log: log) else { return nil }
        var result = RetryPolicy.Backoff()
        result.initial = backoff.time("initial") ?? result.initial
        result.factor = backoff.number("factor") ?? result.factor
        result.max = backoff.time("max") ?? Swift.max(result.max, result.initial)
        result.jitter = backoff.number("jitter") ?? result.jitter
        if result.max < result.initial, let node = backoff.value("max") {
            log.error(node.position, "'max' of a backoff is below its 'initial'")
        }
        return result
    }

    /// A list or a text alone stands for the items.
    func forEach(_ object: ObjectReader, limits: DagLimits) -> (rule: ForEach, items: YamlNode)? {
        guard let node = object.value("forEach") else { return nil }
        guard case .object = node.content else { return (ForEach(items: items(node, object, limits)), node) }
        guard let forEach = ObjectReader(node, DagKeys.forEach, log: log) else { return nil }
        guard let items = forEach.value("items") else {
            forEach.missing("items", "the list, or a template that stands for one")
            return nil
        }
        let rule = ForEach(
            items: self.items(items, forEach, limits), maxParallel: forEach.integer("maxParallel"), onFailure: forEach.choice("onFailure"))
        return (rule, items)
    }

    private func items(_ node: YamlNode, _ object: ObjectReader, _ limits: DagLimits) -> Value {
        let items = object.anyValue(of: node)
        switch items {
        case .array(let elements) where elements.count > limits.maxItems:
            log.error(node.position, "the list has \(elements.count) items, the most is \(limits.maxItems)")
        case .array: break
        case .string(let text):
            // A text that cannot be read is reported with all other templates.
            guard let template = try? Template(text) else { break }
            if template.parts.count == 1, case .reference = template.parts[0] { break }
            log.error(
                node.position, "the items must be a list, or one template alone that stands for a list, such as {{tasks.find.output.files}}"
            )
        default: log.error(node.position, "the items must be a list or a template that stands for one, found \(node.found)")
        }
        return items
    }
}
