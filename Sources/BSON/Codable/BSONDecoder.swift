/// Decodes `Decodable` values from BSON with a cursor that moves forwards: values usually ask for their fields in the order in
/// which they wrote them, so that nearly every look-up is one comparison; any other order works as well.
///
/// Integers come from int32, int64 and whole doubles, if they fit; Float and Double from any number; Date from a BSON date;
/// Data and [UInt8] from binary or an array of numbers. ``BSONValue`` and ``Document`` take what is there.
/// Throws `DecodingError` whose coding path leads to the field and whose description says what was found instead.
public struct BSONDecoder: Sendable {
    public init() {}

    public func decode<T: Decodable>(_ type: T.Type, from document: Document) throws -> T {
        try DecodingSource(document).decode(type)
    }
}
