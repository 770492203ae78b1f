import Foundation
import KisFlow

/// How often, and when, a request is sent again: exponential backoff with full jitter, as described in "Exponential Backoff And Jitter" (M. Brooker,
/// AWS Architecture Blog, 2015).
struct HTTPRetry: Sendable {
    static let longestDelay = Duration.seconds(30)

    var count: Int
    /// The longest that the first repetition waits; doubled for each further one.
    var first: Duration
    /// No repetition starts later than this after the first request.
    var total: Duration

    /// Statuses that may pass.
    static func isPassing(_ status: UInt) -> Bool {
        status == 408 || status == 425 || status == 429 || (500...599).contains(status)
    }

    /// How long to wait before a repetition.
    ///
    /// - Parameters:
    ///   - attempt: how many requests were sent.
    ///   - asked: what the server asks for (`Retry-After`).
    ///   - elapsed: since the first request.
    /// - Returns: `nil` when no more is to be sent.
    func delay(after attempt: Int, asked: Duration?, elapsed: Duration) -> Duration? {
        guard attempt <= count else { return nil }
        let longest = min(Self.longestDelay, first * (1 << min(attempt - 1, 20)))
        let delay = asked ?? longest * Double.random(in: 0...1)
        return elapsed + delay <= total ? delay : nil
    }

    /// What a `Retry-After` header means: seconds, or a date.
    static func asked(_ header: String?, now: Date) -> Duration? {
        guard let header else { return nil }
        if let seconds = Int(header.trimmingCharacters(in: .whitespaces)) { return .seconds(max(0, min(seconds, 1_000_000))) }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        guard let date = format.date(from: header) else { return nil }
        return .seconds(max(0, min(date.timeIntervalSince(now), 1_000_000)))
    }
}
