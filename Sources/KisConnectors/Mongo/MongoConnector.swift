import BSON
import Foundation
public import KisFlow
import Logging
import MongoDriver
import Synchronization

/// Rows as documents of a MongoDB collection (of a replica set, as Swiftflow itself uses it).
///
/// `addrs` is a URL, `mongodb://[user:password@]host[:port][,…]/[database]?replicaSet=…`; where it holds a secret, better `${NAME}`, or the parameter `url_env`
/// with the name of the environment variable. `key` is `database.collection`, or a collection of the database in the URL, and may hold parameters in double braces.
///
/// Loading: the documents that match `filter`, with the fields of `projection` (both JSON, in MongoDB's Extended JSON where needed: `{"at": {"$gt": {"$date":
/// "2026-01-01T00:00:00Z"}}}`, parameters in double braces inside of quotes), in the order of `_id`; a later attempt goes on behind the last one. With `sort` (JSON) they come in that order, page by page with
/// `skip`, which is right only while nobody changes the collection, and slow far behind.
///
/// Rows are made from documents as from JSON. Object ids, dates (ISO 8601), decimals, binary data (base64), timestamps, expressions, code and numbers that are
/// not finite are texts; with `extended: true` they are in canonical Extended JSON, which saving turns into the same BSON again, and so are doubles and 64-bit
/// whole numbers. Saving always understands Extended JSON (`{"$oid": …}`, `{"$date": …}`).
///
/// Saving, by the parameter `mode`:
/// - `insert` (the default): rows become documents, with their own `_id` if they have one. A row whose `_id` is there already is an error, unless the document is
///   the same. Rows without `_id` are there once more when they are saved again.
/// - `upsert` (the default with `by`): a row replaces the document with the same values in the fields `by` (comma-separated, `_id`), or is added. Give these fields
///   a unique index where several runs may add the same key at once.
///
/// Other parameters: `batch_rows` (as the flow's batches), `connections` (4), `connect_timeout` (5000 ms), `timeout` (of one operation, 30000 ms).
public final class MongoConnector: Connector {
    private static let pageRows = 1_000

    private let definition: ConnectorDefinition
    private let configuration: MongoConfiguration
    private let database: String?
    private let template: TextTemplate
    private let style: ExtendedJSON.Style
    private let client = Mutex<MongoClient?>(nil)

    /// - Throws: `FlowError` of kind `connector` for settings that make no sense. Does not connect.
    public init(_ definition: ConnectorDefinition) throws {
        self.definition = try Environment().filling(definition)
        let settings = Settings(self.definition.params)
        let url = try settings.text("url_env").map { try Environment().value($0, "parameter url_env") } ?? self.definition.address
        var configuration = MongoConfiguration(url: url)
        configuration.applicationName = "kisflow"
        configuration.normalThreads = try settings.number("connections", 4, 1...64)
        configuration.maximumStreams = 0
        configuration.connectTimeout = try settings.duration("connect_timeout", .seconds(5))
        configuration.serverSelectionTimeout = configuration.connectTimeout
        configuration.operationTimeLimit = try settings.duration("timeout", .seconds(30))
        configuration.socketTimeout = max(.seconds(3), configuration.operationTimeLimit + .seconds(10))
        do {
            try configuration.validate()
            database = url.split(separator: "?")[0].split(separator: "/").count > 2 ? try configuration.defaultDatabase : nil
        } catch {
            throw FlowError(.connector, "addrs: \(error)", underlying: error)
        }
        self.configuration = configuration
        template = try TextTemplate(self.definition.key, what: "key")
        style = try settings.word("extended", ["true", "false"]) == "true" ? .canonical : .readable
        for name in ["filter", "sort", "projection"] where settings.text(name)?.contains("{{") == false {
            _ = try Self.document(name, settings)
        }
        _ = try Self.mode(settings)
        _ = try settings.batchRows()
        if template.isComplete { _ = try Self.namespace(template.text([:]), database) }
    }

    public func load<Row: Codable & Sendable>(
        _ type: Row.Type, _ request: ConnectorRequest, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        let settings = Settings(definition, request)
        let namespace = try Self.namespace(template.text(settings.params), database)
        let batch = try settings.batch(request)
        var pages = MongoPages(
            namespace, filter: try Self.document("filter", settings) ?? [:], sort: try Self.document("sort", settings),
            projection: try Self.document("projection", settings), limit: min(batch.maxRows, Self.pageRows))
        if let resume = request.resume { try pages.go(to: resume) }
        var filler = BatchFiller<Row>(batch)
        var position: FieldValue?
        var count = 0
        let codec = RowCodec()
        while true {
            let documents = try await talking { try await pages.next($0) }
            if documents.isEmpty { break }
            for document in documents {
                add(document, "\(namespace)", count, codec, to: &filler)
                count += 1
                position = try pages.position(after: document)
                if filler.isFull { try await take(filler.taken(position)) }
            }
            try Task.checkCancellation()
        }
        if !filler.isEmpty { try await take(filler.taken(position)) }
    }

    public func save<Row: Codable & Sendable>(_ rows: [Row], _ request: ConnectorRequest) async throws {
        guard !rows.isEmpty else { return }
        let settings = Settings(definition, request)
        let saving = MongoSaving(
            namespace: try Self.namespace(template.text(settings.params), database), mode: try Self.mode(settings))
        let rows = try JSONRow.all(rows)
        try await talking { try await saving.save(rows, $0) }
    }

    public func close() async {
        let open = client.withLock { client in
            defer { client = nil }
            return client
        }
        await open?.close()
    }

    // MARK: - Parts

    /// Starts the client at the first use.
    private func talking<Result>(_ body: (MongoClient) async throws -> Result) async throws -> Result {
        do {
            let client = try client.withLock { client in
                if let client { return client }
                let new = try MongoClient(configuration, logger: Logger(label: "kisflow.mongo"))
                client = new
                return new
            }
            return try await body(client)
        } catch let error as MongoError {
            throw FlowError(.connector, "\(error)", underlying: error)
        }
    }

    private func add<Row: Codable & Sendable>(
        _ document: Document, _ place: String, _ number: Int, _ codec: RowCodec, to filler: inout BatchFiller<Row>
    ) {
        let size = document.bytes.count
        do {
            filler.add(try codec.row(Row.self, from: Data(ExtendedJSON.bytes(document, style))), bytes: size)
        } catch let error as ExtendedJSON.Unfit {
            filler.add(BadRow(index: number, source: place, reason: error.reason, text: "\(document)"), bytes: size)
        } catch {
            filler.add(codec.badRow(error, index: number, text: "\(document)", source: place), bytes: size)
        }
    }

    private static func namespace(_ key: String, _ database: String?) throws -> Namespace {
        let parts = key.split(separator: ".", maxSplits: 1).map(String.init)
        if let database, parts.count == 1 { return Namespace(database, parts[0]) }
        guard parts.count == 2 else {
            throw FlowError(.connector, "the key \"\(key)\" must be database.collection, or a collection where the URL names a database")
        }
        return Namespace(parts[0], parts[1])
    }

    private static func document(_ name: String, _ settings: Settings) throws -> Document? {
        guard let given = settings.text(name) else { return nil }
        let text = try TextTemplate(given, what: "parameter \(name)").text(settings.params, escaped)
        do {
            guard JSONObject.isJSON(text.utf8) else { throw ExtendedJSON.Unfit(reason: "no JSON") }
            return try ExtendedJSON.document(text.utf8)
        } catch let error as ExtendedJSON.Unfit {
            throw FlowError(.connector, "parameter \(name) is \"\(text.prefix(200))\": \(error.reason); it must be a JSON object")
        }
    }

    /// A value as it may stand between the quotes of a JSON text: nothing in it ends that.
    private static func escaped(_ value: String) -> String {
        guard let quoted = try? JSONObject.quoted(value) else { return "" }
        return String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
    }

    private static func mode(_ settings: Settings) throws -> MongoSaving.Mode {
        let by = settings.text("by")?.split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty } ?? []
        // Dead letters are appended wherever they go.
        switch try settings.word("mode", ["insert", "upsert", "append"]) ?? (by.isEmpty ? "insert" : "upsert") {
        case "upsert": return .upsert(by.isEmpty ? ["_id"] : by)
        default:
            guard by.isEmpty else { throw FlowError(.connector, "the parameter by is for mode: upsert") }
            return .insert
        }
    }
}
