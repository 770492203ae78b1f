/// Takes rows one after the other as the type that a function wants, and sets aside those that cannot be used.
struct RowIntake<Target: Codable & Sendable> {
    /// A row that does not decode, where nothing catches it.
    struct Refusal: Error {
        let row: BadRow
    }

    let must: [String]
    /// Whether rows that do not decode are set aside; the first one ends the intake otherwise.
    let setsAside: Bool
    private(set) var rows: [Target] = []
    private(set) var left = LeftRows()
    private var index = 0
    /// The number that the first row has where it comes from.
    private let firstNumber: Int
    let codec: RowCodec
    /// Whether rows are decoded from JSON and nothing else, which is what the type and the serializer say once for all rows.
    private let isPlain: Bool
    private let presence: FieldPresence

    init(must: [String] = [], setsAside: Bool = false, firstNumber: Int = 0, serializer: (any RowSerializer)? = nil) {
        codec = RowCodec(serializer)
        isPlain = serializer == nil && !RowKind.isRaw(Target.self)
        presence = FieldPresence(must: must)
        self.must = must
        self.setsAside = setsAside
        self.firstNumber = firstNumber
    }

    /// Whether `must` fields are looked for in the decoded row, since what it was decoded from is no JSON.
    private var checksAfterwards: Bool { codec.isCustom && !must.isEmpty }

    /// Takes rows that have the wanted type already.
    mutating func take(_ batch: [Target]) throws {
        guard !must.isEmpty else {
            index += batch.count
            if rows.isEmpty { rows = batch } else { rows.append(contentsOf: batch) }
            return
        }
        for row in batch {
            do {
                if let field = try missingField(in: row) { throw MissingField(field: field) }
                accept(row)
            } catch {
                try refuse(error, text: text(of: row))
            }
        }
    }

    /// Takes a row from its JSON, or from what the serializer reads.
    ///
    /// - Throws: ``Refusal`` only.
    @inline(__always)
    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws {
        do {
            if isPlain { return accept(try codec.decoder.row(Target.self, from: bytes, must: must)) }
            let row = try codec.row(Target.self, from: bytes, must: must)
            if checksAfterwards, let field = try presence.missingField(in: row) { throw MissingField(field: field) }
            accept(row)
        } catch {
            try refuse(error, text: String(decoding: bytes, as: UTF8.self))
        }
    }

    private mutating func accept(_ row: Target) {
        rows.append(row)
        index += 1
    }

    mutating func reserve(_ count: Int) {
        rows.reserveCapacity(rows.count + count)
    }

    mutating func refuse(_ error: any Error, text: String) throws {
        let row = codec.badRow(error, index: firstNumber + index, text: text)
        let isRejected = error is MissingField
        if !isRejected, !setsAside { throw Refusal(row: row) }
        left.add(row, at: index, as: isRejected ? .rejected : .failed)
        index += 1
    }

    /// Texts and bytes hold their fields inside; other rows are asked for what they would encode.
    private func missingField(in row: Target) throws -> String? {
        guard RowKind.isRaw(Target.self) else { return try presence.missingField(in: row) }
        try codec.check(row, must: must)
        return nil
    }

    private func text(of row: Target) -> String {
        guard let bytes = try? codec.bytes(of: row) else { return "\(row)" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
