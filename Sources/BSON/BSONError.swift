/// Why bytes are not a BSON document.
public struct BSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with the bytes.
    public enum Reason: Sendable, Hashable {
        /// The bytes end before the value does, or a length points beyond its surroundings.
        case truncated
        /// A length field cannot be right (negative, or too small for its type).
        case badLength
        /// The final zero byte of a string, a key or a document is missing.
        case missingTerminator
        /// The type byte is none that BSON knows.
        case unknownType
        /// A string or a key is not UTF-8.
        case invalidUTF8
        /// A boolean is neither 0 nor 1.
        case invalidBool
        /// Documents are nested deeper than ``Document/maximumDepth``.
        case tooDeep
    }

    public let reason: Reason
    /// Offset of the byte at which the mistake was seen, from the start of the outermost document.
    public let offset: Int

    public var description: String {
        "malformed BSON at byte \(offset): \(explanation)"
    }

    private var explanation: String {
        switch reason {
        case .truncated: "a value does not fit into its document"
        case .badLength: "impossible length"
        case .missingTerminator: "missing terminating zero byte"
        case .unknownType: "unknown element type"
        case .invalidUTF8: "text is not UTF-8"
        case .invalidBool: "boolean is neither 0 nor 1"
        case .tooDeep: "nested deeper than \(Document.maximumDepth) documents"
        }
    }
}
