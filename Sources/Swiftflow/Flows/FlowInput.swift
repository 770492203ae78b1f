import ArgumentParser
import KisConnectors
import KisFlow

/// What a file of rows holds.
enum InputFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
    case jsonl, csv, tsv, text
}

/// A file, or standard input, whose rows a flow is run on.
struct FlowInput {
    /// No configuration has a connector of this name by chance.
    private static let connector = "--input"

    private let path: String
    private let format: InputFormat

    /// - Throws: `FlowUsageError` when it is not known what the file holds.
    init(path: String, format: InputFormat?) throws {
        self.path = path
        guard let format = format ?? Self.format(of: path) else {
            throw FlowUsageError("what \(path) holds cannot be told from its name; give --format jsonl, csv, tsv or text")
        }
        self.format = format
    }

    /// - Returns: the name of the connector that gives the rows.
    func add(to configuration: inout FlowConfiguration, _ registry: inout FlowRegistry) throws -> String {
        let address = path == "-" ? "/dev/stdin" : path
        let definition = ConnectorDefinition(name: Self.connector, type: format.rawValue, address: address)
        try registry.connector(named: Self.connector) { try FileConnector($0) }
        configuration = try FlowConfiguration(
            flows: configuration.flows, functions: configuration.functions, connectors: configuration.connectors + [definition],
            global: configuration.global)
        return Self.connector
    }

    private static func format(of path: String) -> InputFormat? {
        if path == "-" { return .jsonl }
        let name = path.lowercased()
        let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
        let endings: [(String, InputFormat)] = [
            (".jsonl", .jsonl), (".ndjson", .jsonl), (".json", .jsonl), (".csv", .csv), (".tsv", .tsv), (".txt", .text),
        ]
        return endings.first { plain.hasSuffix($0.0) }?.1
    }
}
