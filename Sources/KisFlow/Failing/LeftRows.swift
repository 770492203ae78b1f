/// Rows of one call that were left out, by their numbers among those that came in.
struct LeftRows: Sendable {
    enum Kind: Sendable {
        /// The function, or a `must` field, says that the row does not belong.
        case rejected
        /// The row could not be used.
        case failed
    }

    struct Entry: Sendable {
        let number: Int
        let kind: Kind
        let row: BadRow
        /// How often the function was tried with the row.
        let attempt: Int
    }

    private(set) var entries: [Entry] = []
    private(set) var rejected = RowTally()
    private(set) var failed = RowTally()

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ row: BadRow, at number: Int, as kind: Kind, attempt: Int = 1) {
        entries.append(Entry(number: number, kind: kind, row: row, attempt: attempt))
        switch kind {
        case .rejected: rejected.add(row)
        case .failed: failed.add(row)
        }
    }

    /// The numbers of those of so many rows that were not left out, in order.
    func others(of count: Int) -> [Int] {
        var isLeft = Array(repeating: false, count: count)
        for entry in entries where entry.number < count { isLeft[entry.number] = true }
        return (0..<count).filter { !isLeft[$0] }
    }
}
