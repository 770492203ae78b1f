/// Collects committed rows; rows of one type that follow each other share a segment.
///
/// What a row costs here is paid a million times, so it is inlined into the functions of whoever uses the library.
@usableFromInline
struct RowBuffer {
    private var closed: [any RowSegment] = []
    /// The segment that grows, an ``OpenSegment``.
    @usableFromInline var open: AnyObject?
    @usableFromInline var openType: ObjectIdentifier?

    @inlinable
    mutating func append<Row: Codable & Sendable>(_ row: Row) {
        segment(of: Row.self).rows.append(row)
    }

    mutating func append<Row: Codable & Sendable>(contentsOf rows: [Row]) {
        let segment = segment(of: Row.self)
        // The first rows are taken as they are: no copy when nothing follows.
        if segment.rows.isEmpty { segment.rows = rows } else { segment.rows.append(contentsOf: rows) }
    }

    mutating func append(_ rows: FlowRows) {
        close()
        closed.append(contentsOf: rows.segments)
    }

    mutating func finish() -> FlowRows {
        close()
        return FlowRows(segments: closed)
    }

    @inlinable
    mutating func segment<Row: Codable & Sendable>(of type: Row.Type) -> GrowingSegment<Row> {
        // The identity of the type was compared, so the cast cannot be wrong; a checked cast costs more than the append itself.
        if openType == ObjectIdentifier(type), let open { return unsafeDowncast(open, to: GrowingSegment<Row>.self) }
        return newSegment(of: type)
    }

    @usableFromInline
    mutating func newSegment<Row: Codable & Sendable>(of type: Row.Type) -> GrowingSegment<Row> {
        close()
        let new = GrowingSegment<Row>()
        open = new
        openType = ObjectIdentifier(type)
        return new
    }

    private mutating func close() {
        if let open = open as? any OpenSegment { closed.append(open.closed()) }
        open = nil
        openType = nil
    }
}

private protocol OpenSegment: AnyObject {
    func closed() -> any RowSegment
}

@usableFromInline
final class GrowingSegment<Row: Codable & Sendable>: OpenSegment {
    @usableFromInline var rows: [Row] = []

    init() {}

    fileprivate func closed() -> any RowSegment { TypedSegment(rows: rows) }
}
