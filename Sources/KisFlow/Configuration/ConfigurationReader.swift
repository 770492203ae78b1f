import Yams

/// Turns YAML documents into definitions and remembers where each of them stands.
struct ConfigurationReader {
    private static let kinds = ["flow", "func", "conn", "global"]

    private var flows: [FlowDefinition] = []
    private var functions: [FunctionDefinition] = []
    private var connectors: [ConnectorDefinition] = []
    private var global: GlobalDefinition?
    /// The older spelling gives things an id beside their name (`fid`, `cid`); references may use either.
    private var functionAliases: [String: String] = [:]
    private var connectorAliases: [String: String] = [:]
    private var check = ConfigurationCheck()
    private(set) var issues: [ConfigurationIssue] = []

    mutating func report(_ issue: ConfigurationIssue) {
        issues.append(issue)
    }

    /// Reads every document of one file.
    mutating func read(_ text: String, file: String) {
        do {
            var documents = try Yams.compose_all(yaml: text)
            var count = 0
            while let node = documents.next() {
                read(node, file: file)
                count += 1
            }
            // The sequence ends at a mistake and keeps it.
            if let error = documents.error { throw error }
            if count == 0 { issues.append(ConfigurationIssue("the file has no content", file: file)) }
        } catch {
            issues.append((error as? YamlError)?.issue(file: file) ?? ConfigurationIssue("\(error)", file: file))
        }
    }

    /// - Throws: ``FlowError`` of kind `configuration` with all mistakes found so far and those between the definitions.
    consuming func finish() throws -> FlowConfiguration {
        let (configuration, issues, _) = checked()
        guard issues.isEmpty else { throw FlowError(issues: issues) }
        return configuration
    }

    /// What was read as far as it could be understood, all mistakes in the order of their places, and where the definitions stand.
    consuming func checked() -> (configuration: FlowConfiguration, issues: [ConfigurationIssue], places: ConfigurationCheck) {
        let configuration = FlowConfiguration(sorting: flows.map(resolved), functions.map(resolved), connectors, global)
        return (configuration, (issues + check.issues(in: configuration)).sortedByPlace, check)
    }

    private mutating func read(_ node: Node, file: String) {
        var fields = YAMLFields(node, file: file, what: "a KisFlow document")
        if fields.issues.isEmpty {
            switch fields.text("kistype") {
            case "flow": readFlow(&fields, node)
            case "func": readFunction(&fields, node)
            case "conn": readConnector(&fields, node)
            case "global": readGlobal(&fields)
            case nil: fields.report("kistype is missing: one of \(Self.kinds.joined(separator: ", "))")
            case let other?:
                let hint = NearestName.hint(for: other, among: Self.kinds)
                fields.report("unknown kistype \"\(other)\"\(hint)", at: fields.value("kistype"))
            }
        }
        issues += fields.issues
    }

    private mutating func readFlow(_ fields: inout YAMLFields, _ node: Node) {
        let name = fields.name("flow_name", older: "flow_id").name
        let status = fields.number("status") ?? 1
        if !(0...1).contains(status) {
            fields.report("status is \(status), allowed are 0 (disabled) and 1 (enabled)", at: fields.value("status"))
        }
        var steps: [FlowDefinition.Step] = []
        if let list = fields.value("flows") {
            if case .sequence(let entries) = list {
                for entry in entries { steps.append(contentsOf: readStep(entry, flow: name ?? "", index: steps.count, fields.file)) }
            } else {
                fields.report("flows must be a list of functions", at: list)
            }
        }
        var flow = FlowDefinition(name: name ?? "", isEnabled: status != 0, steps: steps)
        readStreaming(&fields, into: &flow)
        fields.finish()
        guard let name else { return }
        remember(.flow(name), node, fields.file)
        flows.append(flow)
    }

    /// What flows have beyond the original's: how they stream.
    private mutating func readStreaming(_ fields: inout YAMLFields, into flow: inout FlowDefinition) {
        flow.source = fields.text("source")
        if let batch = fields.value("batch") { flow.batch = readBatch(batch, fields.file) }
        flow.parallelism = fields.number("parallelism") ?? 1
        flow.isOrdered = fields.flag("ordered") ?? true
    }

    private mutating func readBatch(_ node: Node, _ file: String) -> BatchPolicy {
        var fields = YAMLFields(node, file: file, what: "batch")
        defer { issues += fields.issues }
        let standard = BatchPolicy()
        let policy = BatchPolicy(
            maxRows: fields.count("max_rows") ?? standard.maxRows, maxBytes: fields.count("max_bytes") ?? standard.maxBytes,
            maxDelay: fields.count("max_delay").map { .milliseconds($0) } ?? standard.maxDelay)
        fields.finish()
        return policy
    }

    private mutating func readStep(_ node: Node, flow: String, index: Int, _ file: String) -> [FlowDefinition.Step] {
        var fields = YAMLFields(node, file: file, what: "an entry of flows")
        defer { issues += fields.issues }
        guard fields.issues.isEmpty else { return [] }
        let name = fields.name("fname", older: "fid").name
        let params = fields.dictionary("params")
        fields.finish()
        guard let name else { return [] }
        remember(.step(flow: flow, index: index), node, fields.file)
        return [FlowDefinition.Step(name, params: params)]
    }

    private mutating func readFunction(_ fields: inout YAMLFields, _ node: Node) {
        let (name, id) = fields.name("fname", older: "fid")
        let mode = readMode(&fields)
        var function = FunctionDefinition(
            name: name ?? "", mode: mode ?? .expand, type: fields.text("type"), command: fields.command("command"))
        if let source = fields.value("source") { function.source = readSource(source, fields.file) }
        if let option = fields.value("option") { readOption(option, fields.file, into: &function) }
        fields.finish()
        guard let name else { return }
        if let id { functionAliases[id] = name }
        remember(.function(name), node, fields.file)
        functions.append(function)
    }

    private func readMode(_ fields: inout YAMLFields) -> FunctionMode? {
        let words = FunctionMode.allCases.map(\.rawValue)
        guard let word = fields.text("fmode") else {
            fields.report("fmode is missing: one of \(words.joined(separator: ", "))")
            return nil
        }
        if let mode = FunctionMode(word: word) { return mode }
        let hint = NearestName.hint(for: word, among: words)
        fields.report("unknown fmode \"\(word)\"\(hint): one of \(words.joined(separator: ", "))", at: fields.value("fmode"))
        return nil
    }

    private mutating func readSource(_ node: Node, _ file: String) -> FunctionDefinition.Source {
        var fields = YAMLFields(node, file: file, what: "source")
        defer { issues += fields.issues }
        let source = FunctionDefinition.Source(name: fields.text("name") ?? "", must: fields.texts("must"))
        fields.finish()
        return source
    }

    private mutating func readOption(_ node: Node, _ file: String, into function: inout FunctionDefinition) {
        var fields = YAMLFields(node, file: file, what: "option")
        let id = fields.text("cid")
        let connector = fields.text("cname") ?? id
        function.connector = connector == "" ? nil : connector
        function.retryTimes = fields.number("retry_times") ?? 0
        function.retryDuration = fields.number("retry_duration", "return_duration") ?? 0
        function.defaultParams = fields.dictionary("default_params")
        if let policy = fields.value("on_error") { function.onError = readPolicy(policy, file) }
        function.maxErrorRatio = fields.ratio("max_error_ratio")
        fields.finish()
        issues += fields.issues
    }

    /// `fail`, `skip`, `retry`, or `dead_letter: CONNECTOR`.
    private mutating func readPolicy(_ node: Node, _ file: String) -> ErrorRowPolicy {
        let allowed = "fail, skip, retry, or the mapping dead_letter: CONNECTOR"
        guard case .scalar(let scalar) = node else {
            var fields = YAMLFields(node, file: file, what: "on_error")
            defer { issues += fields.issues }
            let connector = fields.text("dead_letter")
            fields.finish()
            if connector == nil, fields.issues.isEmpty { fields.report("on_error must be one of \(allowed)") }
            return connector.map { .deadLetter($0) } ?? .fail
        }
        switch scalar.string {
        case "fail": return .fail
        case "skip": return .skip
        case "retry": return .retry
        default:
            let (line, column) = node.place
            issues.append(
                ConfigurationIssue("unknown on_error \"\(scalar.string)\": it is \(allowed)", file: file, line: line, column: column))
            return .fail
        }
    }

    private mutating func readConnector(_ fields: inout YAMLFields, _ node: Node) {
        let (name, id) = fields.name("cname", older: "cid")
        let connector = ConnectorDefinition(
            name: name ?? "", type: fields.text("type") ?? "", address: fields.text("addrs") ?? "", key: fields.text("key") ?? "",
            params: fields.dictionary("params"), load: fields.texts("load"), save: fields.texts("save"))
        fields.finish()
        guard let name else { return }
        if let id { connectorAliases[id] = name }
        remember(.connector(name), node, fields.file)
        connectors.append(connector)
    }

    private mutating func readGlobal(_ fields: inout YAMLFields) {
        if global != nil { fields.report("kistype global is set more than once") }
        global = GlobalDefinition(
            prometheusEnable: fields.flag("prometheus_enable") ?? false, prometheusListen: fields.flag("prometheus_listen") ?? false,
            prometheusServe: fields.text("prometheus_serve") ?? "")
        fields.finish()
    }

    private mutating func remember(_ subject: ConfigurationCheck.Subject, _ node: Node, _ file: String) {
        let place = ConfigurationCheck.Place(file: file, line: node.mark?.line, column: node.mark?.column)
        check.places[subject, default: []].append(place)
    }

    private func resolved(_ flow: FlowDefinition) -> FlowDefinition {
        var flow = flow
        for index in flow.steps.indices {
            flow.steps[index].function = functionAliases[flow.steps[index].function] ?? flow.steps[index].function
        }
        flow.source = flow.source.map { connectorAliases[$0] ?? $0 }
        return flow
    }

    private func resolved(_ function: FunctionDefinition) -> FunctionDefinition {
        var function = function
        function.connector = function.connector.map { connectorAliases[$0] ?? $0 }
        if case .deadLetter(let name) = function.onError { function.onError = .deadLetter(connectorAliases[name] ?? name) }
        return function
    }
}
