public import KisFlow

/// Rows in Redis, as JSON texts: under keys, in a hash, a list or a stream, or as hashes of their own.
///
/// `addrs` is `host:port`, `redis://[user:password@]host[:port][/database]` or `unix:/path`. `key` may hold names in double braces: those of parameters of
/// the function or the connector are filled in first, the others are fields of each row: `{{app}}:user:{{id}}`.
///
/// The parameter `kind` says what is there:
/// - `string` (the default): a row under the key, with `SET`, and `ttl` seconds to live if that is given. Loading gets the one key, or all keys of the
///   template's form, in no order (a key that is written meanwhile may come twice).
/// - `hash` with the parameter `field`, which names the field of a row: rows in one hash under that field. Loading gets them in no order.
/// - `hash` without `field`: each row is a hash of its own, so its key must name a field. Numbers and truth values are JSON, and so is a text that
///   could be taken for something else (`"42"`); other texts stand as they are, and a field that is null is left out. Loading as for `string`.
/// - `list`: rows at the end of a list. Loading goes on at a place in the list, so nothing should be taken off its front between attempts.
/// - `stream`: rows as entries of a stream, under the name `row`, of which the newest `maxlen` are kept (about) if that is given. Entries that others
///   added without `row` are read as objects of their fields. Loading goes on behind an entry's id.
///
/// Saving a row again under a key or in a hash changes nothing. Lists and streams get it once more: what is saved there is there at least once.
///
/// Other parameters: `password_env` (the environment variable with the password), `connections` (4), `connect_timeout` (5000 ms), `timeout` (of one
/// exchange, 30000 ms), `max_reply_bytes` (268435456), `batch_rows` (as the flow's batches).
///
/// The client is our own, a few hundred lines on SwiftNIO, and not hiredis: who uses the library needs no further C library, waiting takes no thread,
/// a cancelled run ends at once, and commands travel many at a time. TLS it does not speak. The server must be 6.2 or later.
public struct RedisConnector: Connector {
    private let client: RedisClient
    private let structure: any RedisStructure
    private let key: TextTemplate
    private let definition: ConnectorDefinition

    /// - Throws: `FlowError` of kind `connector` for settings that make no sense. Does not connect.
    public init(_ definition: ConnectorDefinition) throws {
        self.definition = try Environment().filling(definition)
        let settings = Settings(self.definition.params)
        guard !self.definition.key.isEmpty else { throw FlowError(.connector, "a Redis connector needs a key") }
        key = try TextTemplate(self.definition.key, what: "key")
        structure = try Self.structure(settings)
        var address = try RedisAddress(self.definition.address)
        if let name = settings.text("password_env") {
            address.password = try Environment().value(name, "parameter password_env")
        }
        client = RedisClient(
            address, connections: try settings.number("connections", 4, 1...64),
            RedisConnection.Limits(
                connectTimeout: try settings.duration("connect_timeout", .seconds(5)),
                commandTimeout: try settings.duration("timeout", .seconds(30)),
                replyBytes: try settings.number("max_reply_bytes", 1 << 28, 1...(1 << 32))))
        _ = try settings.batchRows()
    }

    public func load<Row: Codable & Sendable>(
        _ type: Row.Type, _ request: ConnectorRequest, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        let settings = Settings(definition, request)
        var loading = RedisLoading<Row>(client: client, batch: try settings.batch(request))
        try await structure.load(key.filling(settings.params), resume: request.resume, &loading, take)
        try await loading.finish(take)
    }

    public func save<Row: Codable & Sendable>(_ rows: [Row], _ request: ConnectorRequest) async throws {
        let key = key.filling(Settings(definition, request).params)
        let commands = try structure.commands(JSONRow.all(rows), key)
        guard !commands.isEmpty else { return }
        _ = try await client.run(commands, group: structure.group, isRepeatable: structure.isRepeatable)
    }

    public func close() async {
        await client.close()
    }

    private static func structure(_ settings: Settings) throws -> any RedisStructure {
        switch try settings.word("kind", ["string", "hash", "list", "stream"]) {
        case "hash":
            if let field = settings.text("field") { return RedisHash(field: field) }
            return RedisRowHashes()
        case "list": return RedisList()
        case "stream":
            return RedisStream(maximumLength: settings.text("maxlen") == nil ? nil : try settings.number("maxlen", 1, 1...(.max)))
        default:
            return RedisStrings(secondsToLive: settings.text("ttl") == nil ? nil : try settings.number("ttl", 1, 1...3_153_600_000))
        }
    }
}
