import Yams

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension FlowConfiguration {
    /// The configuration as YAML documents in the newer spelling, by file name: `flow-NAME.yaml`, `func-NAME.yaml`, `conn-NAME.yaml`, `kis-flow.yaml`.
    ///
    /// Reading them back gives an equal configuration. Characters that do not belong in a file name are replaced in the names of the files only.
    public func yaml() throws -> [String: String] {
        var documents = ExportedDocuments()
        for flow in flows { try documents.add("flow", flow.name, flow.node) }
        for function in functions { try documents.add("func", function.name, function.node) }
        for connector in connectors { try documents.add("conn", connector.name, connector.node) }
        if let global { try documents.add("kis", "flow", global.node) }
        return documents.texts
    }
}

/// Documents by file name, with names made unique where two of them would share a file.
private struct ExportedDocuments {
    private(set) var texts: [String: String] = [:]

    mutating func add(_ kind: String, _ name: String, _ node: Node) throws {
        let safe = String(name.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "_" }.prefix(100))
        var file = "\(kind)-\(safe).yaml"
        var number = 2
        while texts.keys.contains(where: { $0.lowercased() == file.lowercased() }) {
            file = "\(kind)-\(safe)-\(number).yaml"
            number += 1
        }
        do {
            texts[file] = try Yams.serialize(node: node, allowUnicode: true)
        } catch {
            throw FlowError(.configuration, "\(kind) \"\(name)\" cannot be written as YAML: \(error)", underlying: error)
        }
    }
}

extension FlowDefinition {
    fileprivate var node: Node {
        .fields(
            [
                ("kistype", .text("flow")), ("status", .number(isEnabled ? 1 : 0)), ("flow_name", .text(name)),
                ("flows", Node(steps.map { .fields([("fname", .text($0.function)), ("params", .texts($0.params))]) })),
            ] + streaming)
    }

    /// Only what is not as usual, so that what the original wrote is written as the original wrote it.
    private var streaming: [(String, Node)] {
        let usual = BatchPolicy()
        var pairs: [(String, Node)] = []
        if let source { pairs.append(("source", .text(source))) }
        if batch != usual {
            let bounds = [
                ("max_rows", batch.maxRows == usual.maxRows ? nil : batch.maxRows), ("max_bytes", batch.maxBytes),
                ("max_delay", batch.maxDelay.map { Int($0 / .milliseconds(1)) }),
            ]
            pairs.append(("batch", .fields(bounds.compactMap { key, value in value.map { (key, .number($0)) } })))
        }
        if parallelism != 1 { pairs.append(("parallelism", .number(parallelism))) }
        if !isOrdered { pairs.append(("ordered", Node("false"))) }
        return pairs
    }
}

extension FunctionDefinition {
    fileprivate var node: Node {
        .fields(
            [("kistype", .text("func")), ("fname", .text(name)), ("fmode", .text(mode.rawValue))] + code + [
                ("source", .fields([("name", .text(source.name)), ("must", .texts(source.must))])), ("option", .fields(option)),
            ])
    }

    private var code: [(String, Node)] {
        (type.map { [("type", .text($0))] } ?? []) + (command.isEmpty ? [] : [("command", .texts(command))])
    }

    private var option: [(String, Node)] {
        [
            ("cname", .text(connector ?? "")), ("retry_times", .number(retryTimes)), ("retry_duration", .number(retryDuration)),
            ("on_error", onError.node), ("default_params", .texts(defaultParams)),
        ] + (maxErrorRatio.map { [("max_error_ratio", Node("\($0)"))] } ?? [])
    }
}

extension ErrorRowPolicy {
    fileprivate var node: Node {
        switch self {
        case .fail: .text("fail")
        case .skip: .text("skip")
        case .retry: .text("retry")
        case .deadLetter(let connector): .fields([("dead_letter", .text(connector))])
        }
    }
}

extension ConnectorDefinition {
    fileprivate var node: Node {
        .fields([
            ("kistype", .text("conn")), ("cname", .text(name)), ("addrs", .text(address)), ("type", .text(type)), ("key", .text(key)),
            ("params", .texts(params)), ("load", .texts(load)), ("save", .texts(save)),
        ])
    }
}

extension GlobalDefinition {
    fileprivate var node: Node {
        .fields([
            ("kistype", .text("global")), ("prometheus_enable", Node(prometheusEnable ? "true" : "false")),
            ("prometheus_listen", Node(prometheusListen ? "true" : "false")), ("prometheus_serve", .text(prometheusServe)),
        ])
    }
}

extension Node {
    fileprivate static func fields(_ pairs: [(String, Node)]) -> Node {
        Node(pairs.map { (.text($0.0), $0.1) })
    }

    /// Quoted, so that texts such as `1`, `true` or `~` stay texts.
    fileprivate static func text(_ value: String) -> Node {
        let isPlain = value.first?.isLetter == true && value.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) }
        let words: Set = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        let needsQuotes = !isPlain || words.contains(value.lowercased())
        return Node(value, Tag(.str), needsQuotes ? .doubleQuoted : .plain)
    }

    fileprivate static func number(_ value: Int) -> Node { Node("\(value)", Tag(.int)) }

    fileprivate static func texts(_ values: [String]) -> Node { Node(values.map { .text($0) }) }

    fileprivate static func texts(_ values: [String: String]) -> Node {
        .fields(values.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) })
    }
}
