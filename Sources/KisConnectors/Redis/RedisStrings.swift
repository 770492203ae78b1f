import KisFlow

/// A row under each key.
struct RedisStrings: RedisStructure {
    let secondsToLive: Int?

    var isRepeatable: Bool { true }

    func commands(_ rows: [JSONRow], _ key: TextTemplate) throws -> [RedisCommand] {
        guard !key.isComplete || rows.count < 2 else {
            let text = key.description
            throw FlowError(
                .connector,
                "\(rows.count) rows for the one key \(text), where each would replace the last; name a field in it: \(text):{{id}}")
        }
        let life = secondsToLive.map { [Array("EX".utf8), Array("\($0)".utf8)] } ?? []
        return try rows.map { RedisCommand("SET", [try $0.key(key), $0.json] + life) }
    }

    func load<Row: Codable & Sendable>(
        _ key: TextTemplate, resume: FieldValue?, _ loading: inout RedisLoading<Row>, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        let client = loading.client
        var inner = loading
        try await loading.keys(key, type: "string") { keys in
            let values = try await client.run(RedisCommand("MGET", keys)).items
            for (key, value) in zip(keys, values) {
                guard let json = value.bytes else { continue }
                try await inner.add(json, source: "key \(String(decoding: key, as: UTF8.self))", take)
            }
        }
        loading = inner
    }
}
