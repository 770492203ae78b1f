public import KisFlow

/// Rows in a local file: CSV, JSON lines or plain lines.
///
/// The path is the connector's `addrs`, followed by `key` if there is one (`addrs` is a folder then). Both may hold parameters, `{{out}}/{{day}}`, which
/// are taken from the function's parameters in this run, else from the connector's `params`. Reading keeps a batch in memory, never the file. Saving
/// writes a temporary file beside the target, with its folders, and renames it, so that a reader sees the old file or the new one, and a run that is
/// repeated leaves the same file.
///
/// Parameters of the connector: `format` (`csv`, `jsonl`, `text`; for type `file`), `batch_rows` (4096), `max_record_bytes` (1048576), and for CSV
/// `delimiter` (`,`; `tab`), `missing` (marks for a missing value, comma-separated, such as `NA`; an empty field is always one), `header` (`true`),
/// `columns` (the names, comma-separated; needed without header, and fixes the order when saving).
public struct FileConnector: Connector {
    private let format: FileFormat
    private let template: PathTemplate
    private let params: [String: String]
    private let directory: String?

    /// - Throws: `FlowError` of kind `connector` when the definition has no path or makes no sense.
    init(_ definition: ConnectorDefinition, directory: String?) throws {
        let parts = [definition.address, definition.key].filter { !$0.isEmpty }
        guard !parts.isEmpty else { throw FlowError(.connector, "a file connector needs a path under addrs") }
        format = try FileFormat(definition)
        template = try PathTemplate(parts.joined(separator: "/"))
        params = definition.params
        self.directory = directory
    }

    public func load<Row: Codable & Sendable>(
        _ type: Row.Type, _ request: ConnectorRequest, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        let path = try path(request)
        switch format.kind {
        case .csv: try await CSVFile(path: path, format: format).load(type, take)
        case .jsonl, .text: try await LineFile(path: path, format: format).load(type, take)
        }
    }

    public func save<Row: Codable & Sendable>(_ rows: [Row], _ request: ConnectorRequest) async throws {
        let path = try path(request)
        try AtomicFile.write(path) { file in
            switch format.kind {
            case .csv: try CSVFile(path: path, format: format).save(rows, to: &file)
            case .jsonl, .text: try LineFile(path: path, format: format).save(rows, to: &file)
            }
        }
    }

    private func path(_ request: ConnectorRequest) throws -> String {
        let path = try template.path(params.merging(request.params) { _, function in function })
        guard let directory, !path.hasPrefix("/") else { return path }
        return "\(directory)/\(path)"
    }
}
