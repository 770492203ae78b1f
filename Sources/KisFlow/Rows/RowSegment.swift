/// A run of rows of one type inside ``FlowRows``.
protocol RowSegment: Sendable {
    var count: Int { get }
    var rowType: ObjectIdentifier { get }
    /// Gives every row to `intake` as its type, converted when needed.
    func deliver<Target>(to intake: inout RowIntake<Target>) throws
    func selecting(_ range: Range<Int>, without left: Set<Int>) -> any RowSegment
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

    /// - Parameters:
    ///   - range: the numbers that the rows of this segment have among all rows.
    ///   - left: the numbers of the rows to leave out.
    func selecting(_ range: Range<Int>, without left: Set<Int>) -> any RowSegment {
        TypedSegment(rows: zip(range, rows).filter { !left.contains($0.0) }.map(\.1))
    }

    private func convert<Target>(into intake: inout RowIntake<Target>) throws {
        let codec = RowCodec()
        for row in rows {
            do {
                let bytes = try codec.bytes(of: row)
                do {
                    intake.accept(try codec.row(Target.self, from: bytes, must: intake.must))
                } catch {
                    try intake.refuse(error, codec, text: String(decoding: bytes.prefix(1_000), as: UTF8.self))
                }
            } catch let refusal as RowIntake<Target>.Refusal {
                throw refusal
            } catch {
                try intake.refuse(error, codec, text: "\(row)")
            }
        }
    }
}
