import KisFlow

/// What a connector's type and parameters say about the files that it reads and writes.
struct FileFormat: Sendable, Hashable {
    enum Kind: String, Sendable, CaseIterable {
        /// Comma-separated values after RFC 4180, with a header.
        case csv
        /// One JSON value a line.
        case jsonl
        /// One text a line; rows are `String`.
        case text
    }

    let kind: Kind
    let dialect: CSVDialect
    /// How many rows make a batch.
    let batchRows: Int
    /// The longest line or record, in bytes; a longer one is an error, for instance a quote that is never closed.
    let maximumRecordBytes: Int

    /// - Throws: `FlowError` of kind `connector` for a parameter that makes no sense.
    init(_ definition: ConnectorDefinition) throws {
        kind = try Self.kind(of: definition)
        dialect = try CSVDialect(params: definition.params)
        batchRows = try Self.number("batch_rows", definition.params, 4_096, 1...1_000_000)
        maximumRecordBytes = try Self.number("max_record_bytes", definition.params, 1 << 20, 1...(1 << 30))
    }

    /// The type; for `file` the parameter `format`, or else the ending of the file's name.
    private static func kind(of definition: ConnectorDefinition) throws -> Kind {
        if let kind = Kind(rawValue: definition.type.lowercased()) { return kind }
        let path = definition.key.isEmpty ? definition.address : definition.key
        let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
        let word = definition.params["format"]?.lowercased() ?? (ending == "json" || ending == "ndjson" ? "jsonl" : ending)
        if let kind = Kind(rawValue: word) { return kind }
        if definition.params["format"] == nil, ["txt", "md", "log"].contains(ending) { return .text }
        let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
        throw FlowError(.connector, "unknown file format \"\(word)\"; set the type, or the parameter format, to one of \(kinds)")
    }

    static func number(_ name: String, _ params: [String: String], _ fallback: Int, _ range: ClosedRange<Int>) throws -> Int {
        guard let text = params[name] else { return fallback }
        if let number = Int(text), range.contains(number) { return number }
        throw FlowError(.connector, "parameter \(name) is \"\(text)\"; it must be a number from \(range.lowerBound) to \(range.upperBound)")
    }
}
