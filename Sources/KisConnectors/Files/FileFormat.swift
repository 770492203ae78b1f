import KisFlow

/// What a connector's type and parameters say about the files that it reads and writes.
struct FileFormat: Sendable, Hashable {
    enum Kind: String, Sendable, CaseIterable {
        /// Comma-separated values after RFC 4180, with a header.
        case csv
        /// The same with tabs.
        case tsv
        /// One JSON value a line.
        case jsonl
        /// One text a line; rows are `String`.
        case text

        var hasColumns: Bool { self == .csv || self == .tsv }
    }

    let kind: Kind
    let dialect: CSVDialect
    /// How many rows make a batch; `nil` leaves it to who asks.
    let batchRows: Int?
    /// The longest line or record, in bytes; a longer one is an error, for instance a quote that is never closed.
    let maximumRecordBytes: Int
    let isGzip: Bool

    /// - Throws: `FlowError` of kind `connector` for a parameter that makes no sense.
    init(_ definition: ConnectorDefinition) throws {
        let settings = Settings(definition.params)
        let path = definition.key.isEmpty ? definition.address : definition.key
        let endings = path.split(separator: ".").map { $0.lowercased() }
        isGzip =
            switch try settings.word("compression", ["gzip", "none"]) {
            case "gzip": true
            case "none": false
            default: endings.last == "gz"
            }
        kind = try Self.kind(of: definition, ending: endings.last { $0 != "gz" } ?? "")
        dialect = try CSVDialect(params: kind == .tsv ? ["delimiter": "tab"].merging(definition.params) { $1 } : definition.params)
        batchRows = try settings.batchRows()
        maximumRecordBytes = try settings.number("max_record_bytes", 1 << 20, 1...(1 << 30))
    }

    /// The type; for `file` the parameter `format`, or else the ending of the file's name.
    private static func kind(of definition: ConnectorDefinition, ending: String) throws -> Kind {
        if let kind = Kind(rawValue: definition.type.lowercased()) { return kind }
        let word = definition.params["format"]?.lowercased() ?? (ending == "json" || ending == "ndjson" ? "jsonl" : ending)
        if let kind = Kind(rawValue: word) { return kind }
        if definition.params["format"] == nil, ["txt", "md", "log"].contains(ending) { return .text }
        let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
        throw FlowError(.connector, "unknown file format \"\(word)\"; set the type, or the parameter format, to one of \(kinds)")
    }
}
