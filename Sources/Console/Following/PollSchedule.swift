/// How long to wait before looking again: 50 ms at first, half as much more each time, 500 ms at most.
///
/// What nodes write of a run is there within milliseconds, so news makes the pauses short again. Traces are written every 200 ms at most: to look for more of them sooner would find nothing.
package struct PollSchedule: Sendable {
    static let shortest = Duration.milliseconds(50)
    static let longest = Duration.milliseconds(500)
    /// For who waits for lines of traces.
    package static let traces = PollSchedule(afterNews: .milliseconds(200))

    private let afterNews: Duration
    private var pause = shortest

    /// - Parameter afterNews: the pause after something has happened.
    package init(afterNews: Duration = PollSchedule.shortest) { self.afterNews = afterNews }

    /// The next pause.
    package mutating func next() -> Duration {
        defer { pause = min(pause * 3 / 2, Self.longest) }
        return pause
    }

    /// Something happened: more will soon.
    package mutating func reset() { pause = afterNews }
}
