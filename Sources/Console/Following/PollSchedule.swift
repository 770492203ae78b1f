/// How long to wait before looking again: 50 ms at first, half as much more each time, 500 ms at most.
package struct PollSchedule: Sendable {
    static let shortest = Duration.milliseconds(50)
    static let longest = Duration.milliseconds(500)

    private var pause = shortest

    package init() {}

    /// The next pause.
    package mutating func next() -> Duration {
        defer { pause = min(pause * 3 / 2, Self.longest) }
        return pause
    }

    /// Something happened: more will soon.
    package mutating func reset() { pause = Self.shortest }
}
