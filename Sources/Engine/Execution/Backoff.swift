/// Growing pauses between tries: from 50 ms, doubled each time, at most 2 s, each shortened by a random part of up to a half ("equal jitter"), so that many
/// callers do not come back in step.
struct Backoff: Sendable {
    private var next = Duration.milliseconds(50)
    private let limit: Duration
    private let host: any Host

    init(_ host: any Host, limit: Duration = .seconds(2)) {
        self.host = host
        self.limit = limit
    }

    /// Begins again with the shortest pause.
    mutating func reset() { next = .milliseconds(50) }

    /// The next pause.
    mutating func step() -> Duration {
        defer { next = min(next * 2, limit) }
        return next * host.random(in: 0.5...1)
    }

    /// Pauses; returns early if the task is cancelled.
    mutating func wait() async { try? await host.sleep(for: step()) }
}
