import KisFlow

/// Rows as entries of a stream.
struct RedisStream: RedisStructure {
    /// Under what the row stands in its entry.
    private static let field = "row"

    /// About how many entries are kept.
    let maximumLength: Int?

    var isRepeatable: Bool { false }

    func commands(_ rows: [JSONRow], _ key: TextTemplate) throws -> [RedisCommand] {
        let trim = maximumLength.map { ["MAXLEN", "~", "\($0)"] } ?? []
        let words = (trim + ["*", Self.field]).map { Array($0.utf8) }
        return try rows.map { RedisCommand("XADD", [try $0.key(key)] + words + [$0.json]) }
    }

    func load<Row: Codable & Sendable>(
        _ key: TextTemplate, resume: FieldValue?, _ loading: inout RedisLoading<Row>, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        let key = try one(key)
        var start = "-"
        if let resume {
            guard case .string(let id) = resume, !id.isEmpty else {
                throw FlowError(.checkpoint, "the checkpoint has no position in a stream like \(key); start without it")
            }
            start = "(" + id
        }
        while true {
            let entries = try await loading.client.run(RedisCommand("XRANGE", key, start, "+", "COUNT", "\(loading.page)")).items
            for entry in entries {
                guard entry.items.count == 2, let name = entry.items[0].bytes else { continue }
                let id = String(decoding: name, as: UTF8.self)
                start = "(" + id
                let json = try Self.json(entry.items[1].items.compactMap(\.bytes))
                try await loading.add(json, source: "key \(key), entry \(id)", position: .string(id), take)
            }
            if entries.count < loading.page { return }
        }
    }

    private static func json(_ pairs: [[UInt8]]) throws -> [UInt8] {
        if pairs.count == 2, pairs[0] == Array(field.utf8) { return pairs[1] }
        return try RedisRowHashes.json(pairs)
    }
}
