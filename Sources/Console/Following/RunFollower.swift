import Engine

/// Looks at a run again and again until it is at rest.
///
/// What ends a run stays in the store, so the end is never missed, however long the pauses are. A store that is not reachable for a while is borne for `patience`: the run goes on without us.
package struct RunFollower<Snapshot> {
    var read: () async throws -> Snapshot
    var isAtRest: (Snapshot) -> Bool
    var patience: Duration
    var schedule: PollSchedule
    var sleep: (Duration) async throws -> Void

    package init(
        read: @escaping () async throws -> Snapshot, isAtRest: @escaping (Snapshot) -> Bool, patience: Duration = .seconds(60),
        schedule: PollSchedule = PollSchedule(),
        sleep: @escaping (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.read = read
        self.isAtRest = isAtRest
        self.patience = patience
        self.schedule = schedule
        self.sleep = sleep
    }

    /// - Parameter look: gets every snapshot, the last one too; answers whether there was news, which makes the next look come sooner.
    /// - Returns: the snapshot at rest.
    package func follow(_ look: (Snapshot) async throws -> Bool) async throws -> Snapshot {
        var schedule = schedule
        var failingSince: ContinuousClock.Instant?
        while true {
            do {
                let snapshot = try await read()
                failingSince = nil
                if try await look(snapshot) { schedule.reset() }
                if isAtRest(snapshot) { return snapshot }
            } catch let error as StoreError where error.isTransient {
                let since = failingSince ?? .now
                failingSince = since
                if .now - since >= patience { throw error }
            }
            try await sleep(schedule.next())
        }
    }
}
