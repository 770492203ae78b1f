/// Counts rows that were left out, with a bounded number of reasons and examples.
struct RowTally: Sendable {
    /// More different reasons than this are counted together.
    static let maximumReasons = 20
    static let maximumExamples = 5
    static let otherReasons = "other reasons"

    private(set) var count = 0
    private(set) var reasons: [String: Int] = [:]
    private(set) var examples: [BadRow] = []

    mutating func add(_ row: BadRow) {
        count += 1
        let known = reasons[row.cause] != nil || reasons.count < Self.maximumReasons
        reasons[known ? row.cause : Self.otherReasons, default: 0] += 1
        if examples.count < Self.maximumExamples { examples.append(row) }
    }

    mutating func add(_ other: RowTally) {
        count += other.count
        for (reason, number) in other.reasons {
            let known = reasons[reason] != nil || reasons.count < Self.maximumReasons
            reasons[known ? reason : Self.otherReasons, default: 0] += number
        }
        examples.append(contentsOf: other.examples.prefix(Self.maximumExamples - examples.count))
    }
}
