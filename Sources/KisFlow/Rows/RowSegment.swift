/// A run of rows of one type inside ``FlowRows``.
protocol RowSegment: Sendable {
    var count: Int { get }
    var rowType: ObjectIdentifier { get }
    /// Gives every row to `intake` as its type, converted when needed.
    func deliver<Target>(to intake: inout RowIntake<Target>) throws
    /// The rows with these numbers, counted from the segment's start.
    func selecting(_ numbers: [Int]) -> any RowSegment
    /// The JSON text of one row.
    func text(at number: Int) -> String
    func save(through connector: BoundConnector, params: [String: String]) async throws
}

struct TypedSegment<Row: Codable & Sendable>: RowSegment {
    let rows: [Row]

    var count: Int { rows.count }
    var rowType: ObjectIdentifier { ObjectIdentifier(Row.self) }

    func deliver<Target>(to intake: inout RowIntake<Target>) throws {
        if let same = self as? TypedSegment<Target> {
            try intake.take(same.rows)
        } else {
            try convert(into: &intake)
        }
    }

    func selecting(_ numbers: [Int]) -> any RowSegment { TypedSegment(rows: numbers.map { rows[$0] }) }

    func save(through connector: BoundConnector, params: [String: String]) async throws {
        try await connector.save(rows, params: params)
    }

    func text(at number: Int) -> String {
        guard let bytes = try? RowCodec().bytes(of: rows[number]) else { return "\(rows[number])" }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func convert<Target>(into intake: inout RowIntake<Target>) throws {
        intake.reserve(rows.count)
        // Texts, the most common, without asking each for its type.
        if let texts = self as? TypedSegment<String> { return try texts.read(into: &intake) }
        let codec = intake.codec
        for row in rows {
            do {
                try codec.withBytes(of: row) { try intake.read($0) }
            } catch let refusal as RowIntake<Target>.Refusal {
                throw refusal
            } catch {
                try intake.refuse(error, text: "\(row)")
            }
        }
    }
}

extension TypedSegment<String> {
    fileprivate func read<Target>(into intake: inout RowIntake<Target>) throws {
        for var text in rows { try text.withUTF8 { try intake.read($0) } }
    }
}
