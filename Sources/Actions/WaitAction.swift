public import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `wait` (also under fastflow's name, `ff-waiting`): does nothing for a while, or until a time.
///
/// A wait of a second or more is parked: it holds no place on any node, survives restarts, and a run that has nothing but waits left is given up by its owner until their time has come.
public struct WaitAction: Action {
    public static let name = "wait"
    /// Other names that tasks may use.
    public static let aliases = ["ff-waiting"]

    /// One of them, for example `duration: 1h30m`.
    public struct Parameters: Codable, Sendable {
        public var duration: String?
        /// The same, under fastflow's name.
        public var waitingTime: String?
        /// The same, in seconds.
        public var seconds: Double?
        /// A date and time by ISO 8601.
        public var until: String?

        public init(duration: String? = nil, waitingTime: String? = nil, seconds: Double? = nil, until: String? = nil) {
            self.duration = duration
            self.waitingTime = waitingTime
            self.seconds = seconds
            self.until = until
        }
    }

    /// Shorter waits keep their place: parking costs a write.
    static let parkFrom: TimeInterval = 1

    private let clock: any Clock<Duration>

    /// - Parameter clock: what short waits are measured with.
    public init(clock: any Clock<Duration> = ContinuousClock()) { self.clock = clock }

    public func run(_ context: ActionContext, _ parameters: Parameters) async throws {
        if let end = context.memo?.stringValue.flatMap(Double.init) {
            let rest = Date(timeIntervalSince1970: end).timeIntervalSince(context.now)
            if rest > 0 { try await pause(rest, context) }
            return
        }
        let (wait, text) = try Self.given(parameters, now: context.now)
        await context.trace("waiting \(text)")
        try await pause(wait, context)
    }

    private func pause(_ wait: TimeInterval, _ context: ActionContext) async throws {
        guard wait >= Self.parkFrom else {
            if wait > 0 { try await clock.sleep(for: .milliseconds(Int64(wait * 1_000))) }
            return
        }
        let end = context.now.addingTimeInterval(wait)
        try context.park(until: end, memo: .string(String(end.timeIntervalSince1970)))
    }

    /// How long to wait, in seconds, and how to say it.
    private static func given(_ parameters: Parameters, now: Date) throws(ActionError) -> (TimeInterval, String) {
        let all: [(String, String?)] = [
            ("duration", parameters.duration), ("waitingTime", parameters.waitingTime), ("seconds", parameters.seconds.map { "\($0)s" }),
            ("until", parameters.until),
        ]
        let given = all.compactMap { name, text in text.map { (name, $0) } }
        guard let (name, text) = given.first else {
            throw ActionError("params.duration is missing: how long to wait, for example 1h30m (or 'until' with a time)")
        }
        guard given.count == 1 else {
            throw ActionError(
                "params: give one of duration, waitingTime, seconds and until, not \(given.map(\.0).joined(separator: " and "))")
        }
        guard name == "until" else {
            let duration = try Duration(text, parameter: "params.\(name)").components
            return (Double(duration.seconds) + Double(duration.attoseconds) / 1e18, "for \(text)")
        }
        guard let end = ISODate.date(from: text) else {
            throw ActionError("params.until: '\(text.prefix(40))' is not a date and time; write it as 2026-01-31T08:00:00Z")
        }
        return (end.timeIntervalSince(now), "until \(text)")
    }
}
