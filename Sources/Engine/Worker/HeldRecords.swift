/// Records of tasks that wait for the trace lines of their attempts: at most one for each document.
///
/// What a task said must be durable before its end is. Who looks for that in the store, then, never finds an end without its lines.
struct HeldRecords<Record: Sendable>: Sendable {
    private struct Entry: Sendable {
        var record: Record
        /// One, unless records of several attempts have met.
        var attempts: [TraceBuffer.Key]
        var ticket: UInt64
    }

    private var entries: [String: Entry] = [:]
    private var lastTicket: UInt64 = 0

    var isEmpty: Bool { entries.isEmpty }

    /// Keeps a record until the lines of `attempt` are settled.
    mutating func put(_ record: Record, id: String, attempt: TraceBuffer.Key) {
        if replace(record, id: id) {
            entries[id]?.attempts.append(attempt)
        } else {
            lastTicket += 1
            entries[id] = Entry(record: record, attempts: [attempt], ticket: lastTicket)
        }
    }

    /// A newer record of a document takes the place of the one that waits, and must not overtake it.
    /// - Returns: whether one waits.
    mutating func replace(_ record: Record, id: String) -> Bool {
        guard !entries.isEmpty, entries[id] != nil else { return false }
        entries[id]?.record = record
        return true
    }

    /// Takes what need not wait any longer, in the order in which it came.
    mutating func take(where isSettled: (TraceBuffer.Key) -> Bool) -> [(id: String, record: Record)] {
        guard !entries.isEmpty else { return [] }
        let free = entries.filter { $0.value.attempts.allSatisfy(isSettled) }.sorted { $0.value.ticket < $1.value.ticket }
        for entry in free { entries[entry.key] = nil }
        return free.map { ($0.key, $0.value.record) }
    }

    mutating func removeAll() { entries = [:] }
}
