public import Engine

/// `wait` (also under fastflow's name, `ff-waiting`): does nothing for a while, without holding a thread.
public struct WaitAction: Action {
    public static let name = "wait"
    /// Other names that tasks may use.
    public static let aliases = ["ff-waiting"]

    /// One of the two, for example `1h30m`.
    public struct Parameters: Codable, Sendable {
        public var waitingTime: String?
        public var duration: String?

        public init(waitingTime: String? = nil, duration: String? = nil) {
            self.waitingTime = waitingTime
            self.duration = duration
        }
    }

    private let clock: any Clock<Duration>

    /// - Parameter clock: what the wait is measured with.
    public init(clock: any Clock<Duration> = ContinuousClock()) { self.clock = clock }

    public func run(_ context: ActionContext, _ parameters: Parameters) async throws {
        let (name, text) = try Self.given(parameters)
        let duration = try Duration(text, parameter: name)
        await context.trace("waiting for \(text)")
        try await clock.sleep(for: duration)
    }

    private static func given(_ parameters: Parameters) throws(ActionError) -> (String, String) {
        switch (parameters.waitingTime, parameters.duration) {
        case (let text?, nil): ("params.waitingTime", text)
        case (nil, let text?): ("params.duration", text)
        case (nil, nil): throw ActionError("params.duration is missing: how long to wait, for example 1h30m")
        case (_?, _?): throw ActionError("params: give 'duration' or 'waitingTime', not both")
        }
    }
}
