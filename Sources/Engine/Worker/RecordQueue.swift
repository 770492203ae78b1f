/// Records that wait to be written: at most one for each document, first come, first served.
///
/// A newer record of a document takes the place of the one that waits. Records and those who are told of them are kept apart, so that a batch is taken without copying any.
struct RecordQueue<Record: Sendable, Owner: Sendable>: Sendable {
    /// What is taken out.
    struct Batch: Sendable {
        var records: [Record] = []
        /// Who is told of each record.
        var owners: [Owner] = []
    }

    private var waiting = Batch()
    private var ids: [String] = []
    /// Where each document's record is, counted from the first record that there ever was.
    private var places: [String: Int] = [:]
    /// How many records were taken so far.
    private var taken = 0

    var isEmpty: Bool { ids.isEmpty }
    var count: Int { ids.count }

    mutating func put(_ record: Record, id: String, owner: Owner) {
        if let place = places[id] {
            waiting.records[place - taken] = record
            waiting.owners[place - taken] = owner
            return
        }
        places[id] = taken + ids.count
        ids.append(id)
        waiting.records.append(record)
        waiting.owners.append(owner)
    }

    /// Takes the records that have waited longest, at most `limit`.
    mutating func take(limit: Int) -> Batch {
        guard ids.count > limit else {
            taken += ids.count
            ids.removeAll(keepingCapacity: true)
            places.removeAll(keepingCapacity: true)
            return exchange(&waiting, with: Batch())
        }
        let batch = Batch(records: Array(waiting.records.prefix(limit)), owners: Array(waiting.owners.prefix(limit)))
        for id in ids.prefix(limit) { places[id] = nil }
        taken += limit
        ids.removeFirst(limit)
        waiting.records.removeFirst(limit)
        waiting.owners.removeFirst(limit)
        return batch
    }
}
