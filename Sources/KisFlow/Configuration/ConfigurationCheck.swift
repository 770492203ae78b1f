/// What can be wrong between definitions that are each well formed.
struct ConfigurationCheck {
    /// What a place in a file is about.
    enum Subject: Hashable {
        case flow(String)
        case step(flow: String, index: Int)
        case function(String)
        case connector(String)
    }

    struct Place: Hashable {
        let file: String
        let line: Int?
        let column: Int?
    }

    /// Beyond this a retry setting is a mistake.
    static let retryRange = 0...1_000_000
    /// More batches at once than this only cost memory.
    static let parallelismRange = 1...256

    /// Where the definitions stand, in the order in which they were read; empty for a configuration made in code.
    var places: [Subject: [Place]] = [:]

    func issues(in configuration: FlowConfiguration) -> [ConfigurationIssue] {
        duplicates(configuration.flows.map { .flow($0.name) }) + duplicates(configuration.functions.map { .function($0.name) })
            + duplicates(configuration.connectors.map { .connector($0.name) }) + configuration.functions.flatMap(ranges)
            + configuration.flows.flatMap(parallelism) + unknownFunctions(configuration) + unknownConnectors(configuration)
    }

    func issue(_ message: String, at subject: Subject) -> ConfigurationIssue {
        let place = places[subject]?.last
        return ConfigurationIssue(message, file: place?.file, line: place?.line, column: place?.column)
    }

    private func duplicates(_ sorted: [Subject]) -> [ConfigurationIssue] {
        zip(sorted, sorted.dropFirst()).filter { $0 == $1 }.map { subject, _ in
            let first = places[subject]?.first.map { ", first in \($0.file):\($0.line ?? 1)" } ?? ""
            return issue("\(subject.label) is defined more than once\(first)", at: subject)
        }
    }

    private func ranges(_ function: FunctionDefinition) -> [ConfigurationIssue] {
        [("retry_times", function.retryTimes), ("retry_duration", function.retryDuration)]
            .filter { !Self.retryRange.contains($0.1) }
            .map { key, value in
                let allowed = "0 to \(Self.retryRange.upperBound)"
                return issue("function \"\(function.name)\": \(key) is \(value), allowed is \(allowed)", at: .function(function.name))
            }
    }

    private func parallelism(_ flow: FlowDefinition) -> [ConfigurationIssue] {
        guard !Self.parallelismRange.contains(flow.parallelism) else { return [] }
        let allowed = "1 to \(Self.parallelismRange.upperBound)"
        return [issue("flow \"\(flow.name)\": parallelism is \(flow.parallelism), allowed is \(allowed)", at: .flow(flow.name))]
    }

    /// Disabled flows are left alone: they may name functions that do not exist any more.
    private func unknownFunctions(_ configuration: FlowConfiguration) -> [ConfigurationIssue] {
        let known = Set(configuration.functions.map(\.name))
        return configuration.flows.filter(\.isEnabled).flatMap { flow in
            flow.steps.enumerated().filter { !known.contains($0.element.function) }.map { index, step in
                let hint = NearestName.hint(for: step.function, among: known)
                return issue(
                    "flow \"\(flow.name)\" uses function \"\(step.function)\", which no file defines\(hint)",
                    at: .step(flow: flow.name, index: index))
            }
        }
    }

    private func unknownConnectors(_ configuration: FlowConfiguration) -> [ConfigurationIssue] {
        let known = Set(configuration.connectors.map(\.name))
        let byFunctions = configuration.functions.flatMap { function in
            function.connectors.filter { !known.contains($0) }.map { unknown($0, known, in: .function(function.name)) }
        }
        let bySources = configuration.flows.filter(\.isEnabled).compactMap { flow -> ConfigurationIssue? in
            guard let name = flow.source, !known.contains(name) else { return nil }
            return unknown(name, known, in: .flow(flow.name))
        }
        return byFunctions + bySources
    }

    private func unknown(_ connector: String, _ known: Set<String>, in subject: Subject) -> ConfigurationIssue {
        let hint = NearestName.hint(for: connector, among: known)
        return issue("\(subject.label) uses connector \"\(connector)\", which no file defines\(hint)", at: subject)
    }
}

extension ConfigurationCheck.Subject {
    var label: String {
        switch self {
        case .flow(let name): "flow \"\(name)\""
        case .step(let flow, let index): "function \(index + 1) of flow \"\(flow)\""
        case .function(let name): "function \"\(name)\""
        case .connector(let name): "connector \"\(name)\""
        }
    }
}
