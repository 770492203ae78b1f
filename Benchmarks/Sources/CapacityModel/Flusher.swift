/// Group commit: what arrives while a batch is being written makes the next one.
final class Flusher {
    private let server: Server
    private let limit: Int
    private let purpose: Purpose
    private var waiting = Fifo<(seconds: Double, then: () -> Void)>()
    private var isWriting = false
    private(set) var batches = 0
    private(set) var records = 0

    init(_ server: Server, limit: Int, for purpose: Purpose) {
        self.purpose = purpose
        self.server = server
        self.limit = limit
    }

    /// - Parameter seconds: the server's work for the record.
    func put(_ seconds: Double, then: @escaping () -> Void) {
        waiting.append((seconds, then))
        write()
    }

    private func write() {
        guard !isWriting, !waiting.isEmpty else { return }
        isWriting = true
        let batch = waiting.take(limit)
        batches += 1
        records += batch.count
        server.write(Server.Write(seconds: batch.reduce(0) { $0 + $1.seconds }, records: batch.count), for: purpose) { [self] in
            isWriting = false
            write()
            for record in batch { record.then() }
        }
    }
}
