/// Encodes `Encodable` values as BSON, straight into one buffer.
///
/// Int, Int64, UInt, UInt32 and UInt64 become int64; the smaller integers int32; Float and Double double; Foundation's Date a BSON date in
/// milliseconds; Data and [UInt8] binary of subtype 0; URL a string. ``BSONValue``, ``Document`` and the other types of this
/// module pass through unchanged. Synthesised conformances leave out a nil; an explicit `encodeNil` writes null.
///
/// Throws `EncodingError`: for a top level that is no document, a key with a zero byte, an integer above Int64.max, nesting deeper than
/// ``Document/maximumDepth``, and a container that is written to after its parent went on.
public struct BSONEncoder: Sendable {
    public init() {}

    /// The value as a document; its keys come in the order in which the value encodes them.
    public func encode(_ value: some Encodable) throws -> Document {
        let storage = EncodingStorage()
        try storage.encode(value, at: .root)
        return try storage.finish()
    }
}
