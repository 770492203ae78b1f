/// The rows between two functions of a flow, of any types.
///
/// A row stays what it was committed as. Whoever wants another type gets it by way of JSON: a `String`, a `Data` or a `[UInt8]` is taken to be the
/// row's JSON, every other type is encoded to it.
public struct FlowRows: Sendable {
    private(set) var segments: [any RowSegment] = []
    /// The same rows as the type that a function has already taken, so that the next one with that type does not decode them again.
    var converted: (any RowSegment)?
    public private(set) var count = 0

    public init() {}

    public init<Row: Codable & Sendable>(_ rows: [Row]) {
        guard !rows.isEmpty else { return }
        segments = [TypedSegment(rows: rows)]
        count = rows.count
    }

    init(segments: [any RowSegment]) {
        self.segments = segments.filter { $0.count > 0 }
        count = segments.reduce(0) { $0 + $1.count }
    }

    public var isEmpty: Bool { count == 0 }

    /// All rows as values of one type.
    ///
    /// - Throws: ``FlowError`` of kind `badRow` for the first row that does not decode.
    public func values<Row: Codable & Sendable>(as type: Row.Type) throws -> [Row] {
        var intake = RowIntake<Row>()
        do {
            try deliver(to: &intake)
        } catch let refusal as RowIntake<Row>.Refusal {
            throw FlowError(badRow: refusal.row, wanted: "\(type)")
        }
        return intake.rows
    }

    func deliver<Target>(to intake: inout RowIntake<Target>) throws {
        if let converted, converted.rowType == ObjectIdentifier(Target.self) { return try converted.deliver(to: &intake) }
        for segment in segments { try segment.deliver(to: &intake) }
    }

    /// The rows with these numbers only, which are in ascending order.
    func selecting(_ numbers: [Int]) -> FlowRows {
        guard numbers.count < count else { return self }
        var rest = numbers[...]
        var start = 0
        var kept: [any RowSegment] = []
        for segment in segments {
            let end = start + segment.count
            let here = rest.prefix { $0 < end }
            rest = rest.dropFirst(here.count)
            kept.append(segment.selecting(here.map { $0 - start }))
            start = end
        }
        var selected = FlowRows(segments: kept)
        selected.converted = converted?.selecting(numbers)
        return selected
    }

    /// The rows of both, in this order.
    func appending(_ other: FlowRows) -> FlowRows {
        if isEmpty { return other }
        return other.isEmpty ? self : FlowRows(segments: segments + other.segments)
    }

    /// The JSON text of one row.
    func text(at number: Int) -> String {
        var start = 0
        for segment in segments {
            if number < start + segment.count { return segment.text(at: number - start) }
            start += segment.count
        }
        return ""
    }
}
