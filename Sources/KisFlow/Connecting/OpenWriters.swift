import Synchronization

/// The writers that are open for a run, or for one call of a function.
///
/// Whoever uses one holds it for the time being, so that calls of one writer come one after the other also where batches run in parallel.
final class OpenWriters: Sendable {
    /// More targets than this at once are a mistake in a path's parameters, or a case for another store.
    static let maximumCount = 256

    /// What a writer writes to: the same rows' place in the flow, connector and parameters.
    struct Target: Hashable, Codable, Sendable {
        let function: String
        let step: Int
        let connector: String
        let params: [String: String]
    }

    struct Open {
        let writer: any ConnectorWriter
        let lock = Turns()
    }

    private struct State {
        var open: [Target: Open] = [:]
        /// In the order in which they were opened.
        var order: [Target] = []
    }

    private let state = Mutex(State())
    private let opening = Turns()

    /// Writes rows, with a writer that is opened for the first of them.
    func write<Row: Codable & Sendable>(
        _ rows: [Row], to target: Target, _ open: () async throws -> any ConnectorWriter
    ) async throws {
        let entry = try await opening.alone { try await self.entry(target, open) }
        try await entry.lock.alone { try await entry.writer.write(rows) }
    }

    @discardableResult
    func add(_ writer: any ConnectorWriter, for target: Target) -> Open {
        let new = Open(writer: writer)
        state.withLock {
            $0.open[target] = new
            $0.order.append(target)
        }
        return new
    }

    /// - Parameter targets: which; all when left out.
    /// - Returns: where each of them stands, for those that know.
    @discardableResult
    func commit(_ targets: Set<Target>? = nil, durable: Bool) async throws -> [(target: Target, position: FieldValue)] {
        var positions: [(target: Target, position: FieldValue)] = []
        for (target, entry) in all where targets?.contains(target) ?? true {
            if let position = try await entry.lock.alone({ try await entry.writer.commit(durable: durable) }) {
                positions.append((target, position))
            }
        }
        return positions
    }

    func rollback(_ targets: Set<Target>) async throws {
        for (target, entry) in all where targets.contains(target) { try await entry.lock.alone { try await entry.writer.rollback() } }
    }

    func finish() async throws {
        while let (target, entry) = all.first {
            try await entry.writer.finish()
            remove(target)
        }
    }

    /// Ends all writers of a run that failed.
    func abandon(resumable: Bool) async {
        for (target, entry) in all {
            await entry.writer.abandon(resumable: resumable)
            remove(target)
        }
    }

    private var all: [(Target, Open)] {
        state.withLock { state in state.order.compactMap { target in state.open[target].map { (target, $0) } } }
    }

    private func remove(_ target: Target) {
        state.withLock {
            $0.open[target] = nil
            $0.order.removeAll { $0 == target }
        }
    }

    private func entry(_ target: Target, _ open: () async throws -> any ConnectorWriter) async throws -> Open {
        if let known = state.withLock({ $0.open[target] }) { return known }
        guard state.withLock({ $0.open.count }) < Self.maximumCount else {
            throw FlowError(
                .connector, "connector \"\(target.connector)\": more than \(Self.maximumCount) different targets are open in one run")
        }
        return add(try await open(), for: target)
    }
}
