import KisFlow

/// Rows in one hash.
struct RedisHash: RedisStructure {
    /// Of a row: under what it lies in the hash.
    let field: String

    var isRepeatable: Bool { true }

    func commands(_ rows: [JSONRow], _ key: TextTemplate) throws -> [RedisCommand] {
        try rows.map { row in
            let name = try row.text(of: field, in: row.object(), "the parameter field")
            return RedisCommand("HSET", [try row.key(key), Array(name.utf8), row.json])
        }
    }

    func load<Row: Codable & Sendable>(
        _ key: TextTemplate, resume: FieldValue?, _ loading: inout RedisLoading<Row>, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        let key = try one(key)
        let page = loading.page
        var inner = loading
        try await loading.scan({ RedisCommand("HSCAN", key, $0, "COUNT", "\(page)") }) { found in
            for pair in stride(from: 0, to: found.count - 1, by: 2) {
                guard let name = found[pair].bytes, let json = found[pair + 1].bytes else { continue }
                try await inner.add(json, source: "key \(key), field \(String(decoding: name, as: UTF8.self))", take)
            }
        }
        loading = inner
    }
}
