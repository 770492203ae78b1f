import KisFlow

/// Each row as a hash of its own.
struct RedisRowHashes: RedisStructure {
    var isRepeatable: Bool { true }
    var group: Int { 4 }

    /// All at once for each row, so that nobody sees a row of old and new fields.
    func commands(_ rows: [JSONRow], _ key: TextTemplate) throws -> [RedisCommand] {
        guard !key.isComplete || rows.count < 2 else {
            let text = key.description
            throw FlowError(
                .connector,
                "\(rows.count) rows for the one hash \(text), where each would replace the last; name a field of a row in the key, or in the "
                    + "parameter field to have all rows in one hash")
        }
        return try rows.flatMap { row in
            let key = try row.key(key)
            let fields = try row.object().fields.filter { $0.value.first != UInt8(ascii: "n") }
            guard !fields.isEmpty else {
                throw FlowError(.connector, "row \(row.number) has no field with a value; a hash in Redis has at least one")
            }
            let pairs = fields.flatMap { [Array($0.name.utf8), Self.plain($0.value)] }
            return [RedisCommand("MULTI"), RedisCommand("DEL", [key]), RedisCommand("HSET", [key] + pairs), RedisCommand("EXEC")]
        }
    }

    func load<Row: Codable & Sendable>(
        _ key: TextTemplate, resume: FieldValue?, _ loading: inout RedisLoading<Row>, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        let client = loading.client
        var inner = loading
        try await loading.keys(key, type: "hash") { keys in
            let answers = try await client.run(keys.map { RedisCommand("HGETALL", [$0]) }, isRepeatable: true)
            for (key, answer) in zip(keys, answers) {
                let pairs = answer.items.compactMap(\.bytes)
                if pairs.isEmpty { continue }
                try await inner.add(try Self.json(pairs), source: "key \(String(decoding: key, as: UTF8.self))", take)
            }
        }
        loading = inner
    }

    /// The JSON object of a hash's names and values.
    static func json(_ pairs: [[UInt8]]) throws -> [UInt8] {
        var json: [UInt8] = [UInt8(ascii: "{")]
        for pair in stride(from: 0, to: pairs.count - 1, by: 2) {
            if pair > 0 { json.append(UInt8(ascii: ",")) }
            json += try JSONObject.quoted(String(decoding: pairs[pair], as: UTF8.self))
            json.append(UInt8(ascii: ":"))
            let value = pairs[pair + 1]
            json += JSONObject.isJSON(value) ? value : try JSONObject.quoted(String(decoding: value, as: UTF8.self))
        }
        return json + [UInt8(ascii: "}")]
    }

    /// A text without its quotes, where nothing else could be meant by it.
    private static func plain(_ value: ArraySlice<UInt8>) -> [UInt8] {
        guard let text = JSONObject.string(value), !JSONObject.isJSON(text.utf8) else { return Array(value) }
        return Array(text.utf8)
    }
}
