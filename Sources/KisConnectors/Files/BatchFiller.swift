import KisFlow

/// Collects rows that are loaded to batches of bounded size.
struct BatchFiller<Row: Sendable> {
    private let maxRows: Int
    private let maxBytes: Int
    private var batch = RowBatch<Row>(rows: [])
    private var bytes = 0

    init(_ policy: BatchPolicy) {
        maxRows = policy.maxRows
        maxBytes = policy.maxBytes ?? .max
    }

    var isEmpty: Bool { batch.rows.isEmpty && batch.bad.isEmpty }

    var isFull: Bool { batch.rows.count + batch.bad.count >= maxRows || bytes >= maxBytes }

    /// - Parameter size: of the text that the row was made of, in bytes.
    mutating func add(_ row: Row, bytes size: Int) {
        batch.rows.append(row)
        bytes += size
    }

    mutating func add(_ bad: BadRow, bytes size: Int) {
        batch.bad.append(bad)
        bytes += size
    }

    /// What was collected; the next batch starts empty.
    mutating func taken(_ position: FieldValue?) -> RowBatch<Row> {
        defer {
            batch = RowBatch(rows: [])
            bytes = 0
        }
        batch.position = position
        return batch
    }
}
