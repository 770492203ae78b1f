package import BSON

extension Document {
    /// The largest document that MongoDB takes, less what a command around it needs. Other stores keep to it, so that what one takes every other does.
    private static let sizeLimit = 16 * 1_024 * 1_024 - 16 * 1_024

    /// Why a store would not take this document; `nil` if its size is no reason.
    package var tooLarge: String? {
        guard bytes.count > Self.sizeLimit else { return nil }
        return "it has \(bytes.count) bytes, more than the \(Self.sizeLimit) that a document may have"
    }
}
