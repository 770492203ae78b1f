/// Takes rows one after the other as the type that a function wants, and sets aside those that cannot be used.
struct RowIntake<Target: Codable & Sendable> {
    /// A row that does not decode, under the policy to fail.
    struct Refusal: Error {
        let row: BadRow
    }

    let must: [String]
    let policy: ErrorRowPolicy
    private(set) var rows: [Target] = []
    /// The numbers of the rows that were set aside.
    private(set) var left: Set<Int> = []
    /// Rows that lack a `must` field.
    private(set) var rejected = RowTally()
    /// Rows that do not decode.
    private(set) var failed = RowTally()
    private var index = 0

    init(must: [String] = [], policy: ErrorRowPolicy = .fail) {
        self.must = must
        self.policy = policy
    }

    /// Takes rows that have the wanted type already.
    mutating func take(_ batch: [Target]) throws {
        guard !must.isEmpty else {
            index += batch.count
            if rows.isEmpty { rows = batch } else { rows.append(contentsOf: batch) }
            return
        }
        let codec = RowCodec()
        for row in batch {
            do {
                if let field = try missingField(in: row, codec) { throw MissingField(field: field) }
                accept(row)
            } catch {
                try refuse(error, codec, text: Self.text(of: row, codec))
            }
        }
    }

    mutating func accept(_ row: Target) {
        rows.append(row)
        index += 1
    }

    mutating func refuse(_ error: any Error, _ codec: RowCodec, text: String) throws {
        let row = codec.badRow(error, index: index, text: text)
        if error is MissingField {
            rejected.add(row)
        } else if policy == .fail {
            throw Refusal(row: row)
        } else {
            failed.add(row)
        }
        left.insert(index)
        index += 1
    }

    /// Texts and bytes hold their fields inside; other rows are asked for what they would encode.
    private func missingField(in row: Target, _ codec: RowCodec) throws -> String? {
        guard RowKind.isRaw(Target.self) else { return try FieldPresence(must: must).missingField(in: row) }
        _ = try codec.row(Target.self, from: codec.bytes(of: row), must: must)
        return nil
    }

    private static func text(of row: Target, _ codec: RowCodec) -> String {
        guard let bytes = try? codec.bytes(of: row) else { return "\(row)" }
        return String(decoding: bytes.prefix(1_000), as: UTF8.self)
    }
}
