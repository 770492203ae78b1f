/// Encodes rows to JSON with the defaults of Foundation's `JSONEncoder`, its keys sorted and slashes not escaped.
///
/// Not for concurrent use; its storage is used again from row to row.
final class JSONRowEncoder {
    private var draft = JSONDraft()
    private let output = GrowingBuffer<UInt8>(capacity: 512)

    /// Gives the row's JSON to `body`, which must not keep it.
    func withText<Row: Encodable, Answer>(of row: Row, _ body: (UnsafeBufferPointer<UInt8>) throws -> Answer) throws -> Answer {
        // Who has kept an encoder or a container of the last row keeps its storage; the next one gets other storage.
        if !isKnownUniquelyReferenced(&draft) { draft = JSONDraft() }
        draft.reset()
        try draft.encode(row, into: 0)
        guard draft.nodes[0].kind != .none else {
            throw EncodingError.invalidValue(row, .init(codingPath: [], debugDescription: "\(Row.self) encodes nothing"))
        }
        output.removeAll()
        draft.write(to: output)
        return try body(UnsafeBufferPointer(output.elements))
    }
}
