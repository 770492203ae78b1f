import KisFlow

/// Rows in a list, the last one at its end.
struct RedisList: RedisStructure {
    /// How many rows a command adds.
    private static let rowsPerCommand = 500

    var isRepeatable: Bool { false }

    func commands(_ rows: [JSONRow], _ key: TextTemplate) throws -> [RedisCommand] {
        var commands: [RedisCommand] = []
        var open: (key: [UInt8], rows: [[UInt8]])?
        for row in rows {
            let key = try row.key(key)
            if let full = open, full.key != key || full.rows.count == Self.rowsPerCommand {
                commands.append(RedisCommand("RPUSH", [full.key] + full.rows))
                open = nil
            }
            if open == nil { open = (key, []) }
            open?.rows.append(row.json)
        }
        if let open { commands.append(RedisCommand("RPUSH", [open.key] + open.rows)) }
        return commands
    }

    func load<Row: Codable & Sendable>(
        _ key: TextTemplate, resume: FieldValue?, _ loading: inout RedisLoading<Row>, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {
        let key = try one(key)
        var index = 0
        if let resume {
            guard case .int(let next) = resume, next >= 0 else {
                throw FlowError(.checkpoint, "the checkpoint has no position in a list like \(key); start without it")
            }
            index = next
        }
        while true {
            let rows = try await loading.client.run(RedisCommand("LRANGE", key, "\(index)", "\(index + loading.page - 1)")).items
            for row in rows {
                index += 1
                try await loading.add(row.bytes ?? [], source: "key \(key), index \(index - 1)", position: .int(index), take)
            }
            if rows.count < loading.page { return }
        }
    }
}
