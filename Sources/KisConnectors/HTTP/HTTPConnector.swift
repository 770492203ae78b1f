public import KisFlow

/// Rows of an HTTP server: pages that are asked for, and batches that are sent.
///
/// The address is `addrs`, followed by `/` and `key` if there is one. Names in double braces are parameters of the function or the connector, and are
/// encoded for an address. User and password in it become a header. Parameters `header.NAME` are sent as headers; `${NAME}` in any of them stands for an
/// environment variable, which no error shows.
///
/// Loading: `GET`. The body is a JSON list of rows, one object, or an object that has the list at the path `rows` (`data.items`); with `body: jsonl` it is JSON
/// lines, which are read as they come, however many. Further pages come by `next` (the path in the body under which their address stands, or `link` for the `Link` header with
/// `rel="next"`), or by `page`, the name of a parameter of the address that counts up from `first_page` (1) until a page has no rows; more than `max_pages`
/// (10000) are an error. Positions are the page and the row in it: a later attempt asks for numbered pages from there on, and for others from the start.
///
/// Saving: `method` (`POST`, `PUT`, `PATCH`) with a JSON list of at most `batch_rows` rows (as the flow's batches), or JSON lines with `body: jsonl`. Where the
/// address has names that are no parameters, they are fields of a row: each row is sent on its own then, as an object. Since requests are repeated, a server
/// may get rows again; `idempotency_key` names a header with what is the same for the same rows at the same address (SHA-256), by which it can tell.
///
/// Requests are sent again on 408, 425, 429, 5xx and errors of the connection: `retries` (4) times, after up to `retry_delay` (500 ms, doubled each time, at most
/// 30 s), or as long as `Retry-After` asks, and not later than `retry_time` (300000 ms) after the first. Only a stream of JSON lines that breaks is not asked
/// for again. Other statuses are errors. Answers that lead to another server are not followed.
///
/// Other parameters: `timeout` (until the answer begins, and between its parts, 30000 ms), `connect_timeout` (5000 ms), `max_body_bytes` (67108864),
/// `max_record_bytes` (of a JSON line, 1048576).
public struct HTTPConnector: Connector {
    private let definition: ConnectorDefinition
    private let template: TextTemplate
    private let transport: HTTPTransport

    /// - Throws: `FlowError` of kind `connector` for settings that make no sense. Does not connect.
    public init(_ definition: ConnectorDefinition) throws {
        var secrets = Secrets()
        self.definition = try Environment().filling(definition, &secrets)
        let parts = [self.definition.address, self.definition.key].filter { !$0.isEmpty }
        template = try TextTemplate(parts.joined(separator: "/"), what: "address")
        guard parts.first?.lowercased().hasPrefix("http") == true || parts.first?.hasPrefix("{{") == true else {
            throw FlowError(.connector, "an HTTP connector needs an address under addrs that starts with http:// or https://")
        }
        transport = HTTPTransport(try HTTPSettings(Settings(self.definition.params)), secrets)
    }

    public func load<Row: Codable & Sendable>(
        _ type: Row.Type, _ request: ConnectorRequest, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        let settings = Settings(definition, request)
        let first = try address(template.text(settings.params, HTTPAddress.encoded))
        var pages = try HTTPPages<Row>(transport, first, settings.batch(request), resume: request.resume)
        try await pages.load(take)
    }

    public func save<Row: Codable & Sendable>(_ rows: [Row], _ request: ConnectorRequest) async throws {
        let settings = Settings(definition, request)
        let rows = try JSONRow.all(rows)
        let template = template.filling(settings.params.mapValues(HTTPAddress.encoded))
        guard template.isComplete else { return try await saveEach(rows, template) }
        let target = try address(template.text([:]))
        var rest = rows.map(\.json)[...]
        while !rest.isEmpty {
            let part = rest.prefix(try settings.batch(request).maxRows)
            rest = rest[part.endIndex...]
            try await transport.put(target, HTTPBody.bytes(part, asLines: transport.settings.isLines))
        }
    }

    public func close() async {
        await transport.close()
    }

    private func saveEach(_ rows: [JSONRow], _ template: TextTemplate) async throws {
        for row in rows {
            let object = try row.object()
            let text = try template.text { HTTPAddress.encoded(try row.text(of: $0, in: object, "the address")) }
            try await transport.put(address(text), row.json)
        }
    }

    private func address(_ text: String) throws -> HTTPAddress {
        try HTTPAddress(text, transport.secrets)
    }
}
