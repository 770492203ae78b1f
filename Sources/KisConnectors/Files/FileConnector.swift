public import KisFlow

/// Rows in a local file: CSV, TSV, JSON lines or plain lines, packed with gzip or not.
///
/// The path is the connector's `addrs`, followed by `key` if there is one (`addrs` is a folder then). Both may hold parameters, `{{out}}/{{day}}`, which
/// are taken from the function's parameters in this run, else from the connector's `params`.
///
/// A path with `*`, `?` or `[…]` in it, and no file of that very name, is all files that match it, by name; a later attempt goes on in the file where it was.
/// Loading keeps a batch in memory, never the file, and knows where it stands (a byte of the unpacked file), so that a later attempt goes on there.
///
/// Saving writes `<path>.partial` beside the target, with its folders, and renames it when all rows are there, so that a reader sees the old file or
/// the new one, and a run that is repeated leaves the same file. A later attempt goes on with the partial file where the checkpoint says; another run that
/// writes the same file meanwhile fails. Rows of a try that failed are cut off again.
///
/// With `mode: append` whole records go to the end of the file itself, what other runs wrote stays, and a repeated run adds its rows again. Any number of
/// writers may append to one file of JSON or text lines at once; then the rows of a try that failed cannot be cut off when others have added some since,
/// and stay. CSV files get their header from the first writer; its columns hold for the others.
///
/// Parameters of the connector: `mode` (`replace`, `append`; of the function as well), `format` (`csv`, `tsv`, `jsonl`, `text`; for type `file`),
/// `compression` (`gzip`, `none`; by default files that end in `.gz` are packed), `batch_rows` (as the flow's batches), `max_record_bytes` (1048576), and
/// for CSV `delimiter` (`,`; `tab`), `missing` (marks for a missing value, comma-separated, such as `NA`; an empty field is always one), `header`
/// (`true`), `columns` (the names, comma-separated; needed without header, and fixes the order when saving). Without `columns` the first batch of rows
/// decides the columns, and a later row with another field is an error.
public struct FileConnector: Connector {
    private let format: FileFormat
    private let template: TextTemplate
    private let params: [String: String]
    private let directory: String?

    /// - Parameter directory: where relative paths start; the process's working folder when left out.
    /// - Throws: `FlowError` of kind `connector` when the definition has no path or makes no sense.
    public init(_ definition: ConnectorDefinition, directory: String? = nil) throws {
        let definition = try Environment().filling(definition)
        let parts = [definition.address, definition.key].filter { !$0.isEmpty }
        guard !parts.isEmpty else { throw FlowError(.connector, "a file connector needs a path under addrs") }
        format = try FileFormat(definition)
        template = try TextTemplate(parts.joined(separator: "/"), what: "path")
        params = definition.params
        self.directory = directory
        _ = try mode(Settings(params))
    }

    public func load<Row: Codable & Sendable>(
        _ type: Row.Type, _ request: ConnectorRequest, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        let path = try path(request)
        var policy = request.batch
        if let rows = format.batchRows { policy.maxRows = rows }
        var start = try request.resume.map { try FilePosition($0, path: path) } ?? .start
        for file in try FileSet(path).files(from: start.file) {
            start.file = file.name
            try await load(type, file.path, start, policy, take)
            start = .start
        }
    }

    private func load<Row: Codable & Sendable>(
        _ type: Row.Type, _ path: String, _ start: FilePosition, _ policy: BatchPolicy, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        switch format.kind {
        case .csv, .tsv: try await CSVFile(path: path, format: format).load(type, from: start, policy, take)
        case .jsonl, .text: try await LineFile(path: path, format: format).load(type, from: start, policy, take)
        }
    }

    public func save<Row: Codable & Sendable>(_ rows: [Row], _ request: ConnectorRequest) async throws {
        let writer = try await writer(request)
        do {
            try await writer.write(rows)
            try await writer.finish()
        } catch {
            await writer.abandon(resumable: false)
            throw error
        }
    }

    public func writer(_ request: ConnectorRequest) async throws -> any ConnectorWriter {
        let settings = Settings(params.merging(request.params) { _, function in function })
        return try FileWriter(path: path(request), format: format, mode: mode(settings), resume: request.resume)
    }

    private func mode(_ settings: Settings) throws -> FileWriter.Mode {
        let word = try settings.word("mode", FileWriter.Mode.allCases.map(\.rawValue))
        return word.flatMap(FileWriter.Mode.init(rawValue:)) ?? .replace
    }

    private func path(_ request: ConnectorRequest) throws -> String {
        let path = try template.text(params.merging(request.params) { _, function in function })
        guard let directory, !path.hasPrefix("/") else { return path }
        return "\(directory)/\(path)"
    }
}
