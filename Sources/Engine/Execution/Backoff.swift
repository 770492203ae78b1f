/// Growing pauses between tries: from 50 ms, doubled each time, at most 2 s, each shortened by a random part of up to a half ("equal jitter"), so that many
/// callers do not come back in step.
struct Backoff: Sendable {
    private var next = Duration.milliseconds(50)
    private let limit: Duration

    init(limit: Duration = .seconds(2)) { self.limit = limit }

    /// The next pause.
    mutating func step() -> Duration {
        defer { next = min(next * 2, limit) }
        return next * Double.random(in: 0.5...1)
    }

    /// Pauses; returns early if the task is cancelled.
    mutating func wait() async { try? await Task.sleep(for: step()) }
}
