import BSON

extension Connection {
    /// Carries out conditional updates in one unordered bulk, and says of each what became of it, in order.
    ///
    /// A bulk's answer counts matches in total only; when fewer matched than were sent, the documents are read back by `_id` (read concern majority, so a
    /// repeat of an own earlier write is recognised). Throws as ``bulk(_:_:ordered:)``; since the updates are fenced they can be sent again as they are.
    public func bulkUpdates(_ namespace: Namespace, _ updates: [FencedUpdate]) throws(MongoError) -> [FencedOutcome] {
        let result = try bulk("bulkUpdates", namespace, updates.map { .updateOne(filter: $0.filter, update: $0.update) }, ordered: false)
        var outcomes = [FencedOutcome](repeating: .applied, count: updates.count)
        for error in result.errors { outcomes[error.index] = .failed(error) }
        guard result.matched + result.errors.count < updates.count else { return outcomes }
        let refused = Set(result.errors.map(\.index))
        let open = updates.indices.filter { !refused.contains($0) }
        let current = try documents(namespace, ids: open.map { updates[$0].id })
        for index in open {
            let document = current[updates[index].id]
            let isApplied = document.map(updates[index].isApplied) ?? false
            outcomes[index] = isApplied ? .applied : .fenced(current: document)
        }
        return outcomes
    }
}
