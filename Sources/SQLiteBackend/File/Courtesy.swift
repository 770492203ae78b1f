/// When a process that writes without end lets others at the file. SQLite has no queue: whoever waits for the file looks again and again, and hardly ever hits the moment between two transactions that follow each other at once.
struct Courtesy: Sendable {
    /// For how long one process writes before it makes a pause, and how long that is: longer than the sleeps between two looks (`Pause.untilNextLook`).
    static let stretch = Duration.milliseconds(100)
    static let pause = Duration.milliseconds(2)

    private var stretchBegan: ContinuousClock.Instant?
    private var lastEnded: ContinuousClock.Instant?

    /// How long to wait before the transaction that is about to begin.
    mutating func pause(at now: ContinuousClock.Instant) -> Duration {
        guard let began = stretchBegan, let lastEnded, now - lastEnded < Self.pause else {
            stretchBegan = now
            return .zero
        }
        guard now - began >= Self.stretch else { return .zero }
        stretchBegan = nil
        return Self.pause
    }

    mutating func ended(at now: ContinuousClock.Instant) { lastEnded = now }
}
