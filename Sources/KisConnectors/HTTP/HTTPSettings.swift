import KisFlow

/// What the parameters of an HTTP connector say.
struct HTTPSettings: Sendable {
    /// How one page leads to the next.
    enum Paging: Sendable {
        case single
        /// The `Link` header with `rel="next"`.
        case link
        /// Where in the body the address of the next page stands.
        case path(String)
        /// A parameter of the address that counts up.
        case counted(parameter: String, first: Int)
    }

    var headers: [(name: String, value: String)]
    var method: String
    var isLines: Bool
    /// Where in the body the rows stand; the body itself when `nil`.
    var rows: String?
    var paging: Paging
    var maximumPages: Int
    var maximumBodyBytes: Int
    var maximumRecordBytes: Int
    var retry: HTTPRetry
    var timeout: Duration
    var connectTimeout: Duration
    /// The header that tells repeated requests.
    var idempotencyHeader: String?

    /// - Throws: `FlowError` of kind `connector` for a parameter that makes no sense.
    init(_ settings: Settings) throws {
        headers = try Self.headers(settings)
        method = try settings.word("method", ["post", "put", "patch"])?.uppercased() ?? "POST"
        isLines = try settings.word("body", ["json", "jsonl"]) == "jsonl"
        rows = settings.text("rows")
        paging = try Self.paging(settings)
        maximumPages = try settings.number("max_pages", 10_000, 1...100_000_000)
        maximumBodyBytes = try settings.number("max_body_bytes", 64 << 20, 1...(1 << 31))
        maximumRecordBytes = try settings.number("max_record_bytes", 1 << 20, 1...(1 << 30))
        retry = HTTPRetry(
            count: try settings.number("retries", 4, 0...100), first: try settings.duration("retry_delay", .milliseconds(500)),
            total: try settings.duration("retry_time", .seconds(300)))
        timeout = try settings.duration("timeout", .seconds(30))
        connectTimeout = try settings.duration("connect_timeout", .seconds(5))
        idempotencyHeader = settings.text("idempotency_key")
        _ = try settings.batchRows()
    }

    private static func headers(_ settings: Settings) throws -> [(name: String, value: String)] {
        try settings.params.sorted { $0.key < $1.key }.compactMap { name, value in
            guard name.lowercased().hasPrefix("header.") else { return nil }
            let header = String(name.dropFirst(7))
            guard !header.isEmpty, header.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }),
                value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
            else {
                throw FlowError(.connector, "parameter \(name): the header's name or value holds characters that no header may")
            }
            return (header, value)
        }
    }

    private static func paging(_ settings: Settings) throws -> Paging {
        let (next, page) = (settings.text("next"), settings.text("page"))
        guard next == nil || page == nil else {
            throw FlowError(.connector, "the parameters next and page are two ways to get from page to page; give one of them")
        }
        if let page { return .counted(parameter: page, first: try settings.number("first_page", 1, 0...1_000_000)) }
        return next.map { $0.lowercased() == "link" ? .link : .path($0) } ?? .single
    }
}
