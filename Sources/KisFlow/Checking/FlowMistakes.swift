/// What can be seen in a configuration that is well formed, and need not be a mistake everywhere.
struct FlowMistakes {
    let configuration: FlowConfiguration
    let places: ConfigurationCheck

    /// What no worker can run.
    var errors: [ConfigurationIssue] {
        configuration.flows.filter { $0.isEnabled && $0.steps.isEmpty }.map {
            places.issue("flow \"\($0.name)\" has no functions; list them under flows", at: .flow($0.name))
        }
            + configuration.functions.filter { $0.isProgram && $0.command.isEmpty }.map {
                places.issue(
                    "function \"\($0.name)\" of type exec has no command, such as command: [python3, score.py]", at: .function($0.name))
            }
    }

    var warnings: [ConfigurationIssue] {
        unusedFunctions + unusedConnectors + withoutConnector + withoutType + withoutProgram + deadLetters
    }

    private var unusedFunctions: [ConfigurationIssue] {
        let used = Set(configuration.flows.flatMap { $0.steps.map(\.function) })
        return configuration.functions.filter { !used.contains($0.name) }.map {
            places.issue("function \"\($0.name)\" is used by no flow", at: .function($0.name))
        }
    }

    private var unusedConnectors: [ConfigurationIssue] {
        let used = Set(configuration.functions.flatMap(\.connectors) + configuration.flows.compactMap(\.source))
        return configuration.connectors.filter { !used.contains($0.name) }.map {
            places.issue("connector \"\($0.name)\" is used by no function and no flow", at: .connector($0.name))
        }
    }

    private var withoutConnector: [ConfigurationIssue] {
        configuration.functions.filter { ($0.mode == .load || $0.mode == .save) && $0.connector == nil && !$0.isProgram }.map {
            places.issue(
                "function \"\($0.name)\" (\($0.mode.rawValue)) has no connector; name one under option.cname", at: .function($0.name))
        }
    }

    private var withoutType: [ConfigurationIssue] {
        configuration.connectors.filter(\.type.isEmpty).map {
            places.issue(
                "connector \"\($0.name)\" has no type: only a worker with a connector of its own under this name can use it",
                at: .connector($0.name))
        }
    }

    private var withoutProgram: [ConfigurationIssue] {
        configuration.functions.filter { !$0.command.isEmpty && $0.type == nil }.map {
            places.issue("function \"\($0.name)\" has a command that nothing runs; add type: exec", at: .function($0.name))
        }
    }

    private var deadLetters: [ConfigurationIssue] {
        configuration.functions.flatMap { function -> [ConfigurationIssue] in
            guard case .deadLetter(let letters) = function.onError else { return [] }
            var messages: [String] = []
            if function.connector == letters { messages.append("the connector that it works with") }
            let sources = configuration.flows.filter { flow in
                flow.source == letters && flow.steps.contains { $0.function == function.name }
            }
            messages += sources.map { "the source of flow \"\($0.name)\"" }
            return messages.map {
                places.issue(
                    "function \"\(function.name)\" sends dead letters to connector \"\(letters)\", \($0)", at: .function(function.name))
            }
        }
    }
}

extension FunctionDefinition {
    var isProgram: Bool { type?.lowercased() == "exec" }
}
