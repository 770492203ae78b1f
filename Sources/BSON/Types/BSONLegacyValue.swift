/// A value of a type that BSON deprecates (undefined, DBPointer, symbol, code with scope), kept byte for byte so that
/// reading and writing a document loses nothing. It can only come from validated bytes.
public struct BSONLegacyValue: Sendable, Hashable {
    /// BSON's type byte: 0x06, 0x0C, 0x0E or 0x0F.
    public let type: UInt8
    /// The bytes after the key.
    public let payload: [UInt8]

    init(type: ElementType, payload: [UInt8]) {
        self.type = type.rawValue
        self.payload = payload
    }
}
