public import Workflow

extension Store {
    /// Page by page, for stores to which a request costs nothing.
    public func count(dagId: String?, statuses: Set<DagInstanceStatus>, upTo limit: Int) async throws -> Int {
        var count = 0
        var query = InstanceQuery(dagId: dagId, statuses: statuses, limit: min(limit, 1_000))
        while count < limit {
            let page = try await instances(query)
            count += page.elements.count
            guard let next = page.next else { break }
            query.after = next
        }
        return min(count, limit)
    }
}
