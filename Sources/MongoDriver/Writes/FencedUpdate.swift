public import BSON

/// A conditional update of one document of which the caller must know whether it happened.
public struct FencedUpdate: Sendable {
    public let id: BSONValue
    /// Names the `_id` and the fence: `["_id": id, "version": ["$lt": new]]`.
    public let filter: Document
    public let update: UpdateSpec
    /// Whether a document, as read back, shows that this very update happened to it (its version is the new one).
    public let isApplied: @Sendable (Document) -> Bool

    public init(id: BSONValue, filter: Document, update: UpdateSpec, isApplied: @escaping @Sendable (Document) -> Bool) {
        self.id = id
        self.filter = filter
        self.update = update
        self.isApplied = isApplied
    }
}

/// What became of a ``FencedUpdate``.
public enum FencedOutcome: Sendable, Hashable {
    /// The document is as the update wanted, by this call or an earlier one of the same update.
    case applied
    /// The fence held it off; this is the document as it is now, or nil where there is none.
    case fenced(current: Document?)
    /// The server refused this one update.
    case failed(WriteError)
}
