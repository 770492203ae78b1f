import Foundation
import KisFlow

/// How rows lie in Redis.
protocol RedisStructure: Sendable {
    /// Whether saving rows again changes nothing.
    var isRepeatable: Bool { get }

    /// How many commands that follow each other belong together.
    var group: Int { get }

    /// What stores these rows.
    func commands(_ rows: [JSONRow], _ key: TextTemplate) throws -> [RedisCommand]

    func load<Row: Codable & Sendable>(
        _ key: TextTemplate, resume: FieldValue?, _ loading: inout RedisLoading<Row>, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws
}

extension RedisStructure {
    var group: Int { 1 }

    /// The key where it must be one.
    ///
    /// - Throws: `FlowError` of kind `parameter` where a name is left.
    func one(_ key: TextTemplate) throws -> String { try key.text([:]) }
}

/// Rows on their way out of Redis.
struct RedisLoading<Row: Codable & Sendable> {
    /// More than this are not asked for at once, whatever the batches are.
    private static var pageRows: Int { 1_000 }

    let client: RedisClient
    let page: Int
    private let codec = RowCodec()
    private var filler: BatchFiller<Row>
    private var count = 0
    private var position: FieldValue?

    init(client: RedisClient, batch: BatchPolicy) {
        self.client = client
        page = min(batch.maxRows, Self.pageRows)
        filler = BatchFiller(batch)
    }

    /// Takes the JSON text of a row.
    ///
    /// - Parameters:
    ///   - source: where it lies.
    ///   - position: where loading goes on behind it.
    mutating func add(
        _ json: [UInt8], source: String, position: FieldValue? = nil, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        do {
            filler.add(try codec.row(Row.self, from: Data(json)), bytes: json.count)
        } catch {
            let bad = codec.badRow(error, index: count, text: String(decoding: json, as: UTF8.self), source: source)
            filler.add(bad, bytes: json.count)
        }
        count += 1
        self.position = position
        if filler.isFull { try await finish(take) }
    }

    /// Hands over what is there.
    mutating func finish(_ take: (RowBatch<Row>) async throws -> Void) async throws {
        guard !filler.isEmpty else { return }
        try await take(filler.taken(position))
        try Task.checkCancellation()
    }

    /// Goes through a server's cursor, page by page.
    func scan(_ command: (_ cursor: String) -> RedisCommand, _ page: ([RESPValue]) async throws -> Void) async throws {
        var cursor = "0"
        repeat {
            let answer = try await client.run(command(cursor)).items
            guard answer.count == 2, let next = answer[0].bytes else {
                throw FlowError(.connector, "Redis at \(client.address): the answer to a scan is not one; is this a Redis server?")
            }
            try await page(answer[1].items)
            cursor = String(decoding: next, as: UTF8.self)
        } while cursor != "0"
    }

    /// Goes through all keys of the template's form, or the one key that it is.
    func keys(_ template: TextTemplate, type: String, _ body: ([[UInt8]]) async throws -> Void) async throws {
        if template.isComplete { return try await body([Array(try template.text([:]).utf8)]) }
        let pattern = template.text({ _ in "*" }, literal: Self.escaped)
        try await scan({ RedisCommand("SCAN", $0, "MATCH", pattern, "COUNT", "\(page)", "TYPE", type) }) { found in
            let keys = found.compactMap(\.bytes)
            if !keys.isEmpty { try await body(keys) }
        }
    }

    /// A text in which a server's pattern has nothing special.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if "*?[]\\".contains(character) { result += "\\" }
            result.append(character)
        }
    }
}

extension JSONRow {
    /// The key of the row.
    func key(_ template: TextTemplate) throws -> [UInt8] {
        if template.isComplete { return Array(try template.text([:]).utf8) }
        let object = try object()
        return Array(try template.text { try text(of: $0, in: object, "the key \(template.description)") }.utf8)
    }
}
