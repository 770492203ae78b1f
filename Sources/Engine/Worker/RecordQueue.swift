/// Records that wait to be written: at most one for each document, first come, first served.
///
/// A newer record of a document takes the place of the one that waits. A deferred record becomes ready when it is due; all are deferred by the same time, so they fall due in
/// the order in which they came.
struct RecordQueue<Record: Sendable>: Sendable {
    private struct Entry: Sendable {
        var record: Record
        var ticket: UInt64
        /// When a deferred record may be written; `nil` for at once.
        var due: ContinuousClock.Instant?
    }

    /// A place in a queue. It counts only while the entry of its document still has its ticket.
    private struct Place: Sendable {
        var id: String
        var ticket: UInt64
        var due: ContinuousClock.Instant?
    }

    private var entries: [String: Entry] = [:]
    private var ready = Line()
    private var deferred = Line()
    private var lastTicket: UInt64 = 0

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    /// - Parameter due: `nil` for at once.
    mutating func put(_ record: Record, id: String, due: ContinuousClock.Instant?) {
        if due == nil, let waiting = entries[id], waiting.due == nil {
            entries[id]?.record = record
            return
        }
        lastTicket += 1
        entries[id] = Entry(record: record, ticket: lastTicket, due: due)
        let place = Place(id: id, ticket: lastTicket, due: due)
        if due == nil { ready.append(place) } else { deferred.append(place) }
    }

    /// Takes what may be written now, at most `limit`.
    mutating func take(limit: Int, now: ContinuousClock.Instant) -> [Record] {
        while let place = first(of: \.deferred), let due = place.due, due <= now {
            deferred.removeFirst()
            entries[place.id]?.due = nil
            ready.append(place)
        }
        var taken: [Record] = []
        while taken.count < limit, let place = first(of: \.ready) {
            ready.removeFirst()
            if let entry = entries.removeValue(forKey: place.id) { taken.append(entry.record) }
        }
        return taken
    }

    /// When the next deferred record falls due; `nil` if there is none.
    mutating func nextDue() -> ContinuousClock.Instant? { first(of: \.deferred)?.due }

    /// The first place of a line that still counts; those before it are let go.
    private mutating func first(of line: WritableKeyPath<Self, Line>) -> Place? {
        while let place = self[keyPath: line].first {
            if entries[place.id]?.ticket == place.ticket { return place }
            self[keyPath: line].removeFirst()
        }
        return nil
    }

    /// A queue in an array: the front is given back when half of it is used up.
    private struct Line: Sendable {
        private var places: [Place] = []
        private var head = 0

        var first: Place? { head < places.count ? places[head] : nil }

        mutating func append(_ place: Place) { places.append(place) }

        mutating func removeFirst() {
            head += 1
            guard head > 1_024, head * 2 > places.count else { return }
            places.removeFirst(head)
            head = 0
        }
    }
}
