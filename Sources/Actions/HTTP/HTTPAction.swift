public import Engine
import Foundation
public import Workflow

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// `http`: sends one request, and fails unless the status code is one of those expected.
///
/// Redirects are followed. An error of the connection, a status of 408, 429 or 5xx can be retried by the task's policy (`Retry-After` is kept to); any other unexpected status is not retried, since
/// the same request would get the same answer. The output is the body as text, or what it holds as JSON.
public struct HTTPAction: Action {
    public static let name = "http"

    public struct Parameters: Codable, Sendable {
        public var url: String
        /// `GET` where not given; `POST` where there is something to send.
        public var method: String?
        public var headers: [String: String]?
        public var body: String?
        /// Sent as JSON, instead of `body`.
        public var json: Value?
        /// Status codes that count as success; 200 to 299 where not given.
        public var expectStatus: [Int]?
        /// The longest time of the request, in seconds; 60 where not given.
        public var timeoutSecs: Double?
        public var output: Output?

        public init(url: String, method: String? = nil) {
            self.url = url
            self.method = method
        }

        public enum Output: String, Codable, Sendable, CaseIterable {
            case body
            case json
        }
    }

    /// The most of a body that is read, in bytes; more is an error.
    static let bodyLimit = 1 << 20
    static let defaultTimeout: TimeInterval = 60

    public init() {}

    public func run(_ context: ActionContext, _ parameters: Parameters) async throws {
        let request = try Self.request(parameters, idempotencyKey: "\(context.dagInsId)/\(context.taskId)")
        await context.trace("\(request.httpMethod ?? "GET") \(Self.shown(request.url))")
        let answer = try await HTTPExchange(limit: Self.bodyLimit).send(request)
        await context.trace("\(answer.status), \(answer.body.count) bytes")
        try Self.check(answer, parameters)
        try context.setOutput(try Self.output(answer, parameters.output ?? .body))
    }

    /// A URL without what may be secret: user, password and query.
    static func shown(_ url: URL?) -> String {
        guard let url, var parts = URLComponents(url: url, resolvingAgainstBaseURL: false) else { return "?" }
        (parts.user, parts.password) = (nil, nil)
        if parts.query != nil { parts.query = "…" }
        return parts.string?.removingPercentEncoding ?? "?"
    }

    static func request(_ parameters: Parameters, idempotencyKey: String) throws(ActionError) -> URLRequest {
        guard let url = URL(string: parameters.url), ["http", "https"].contains(url.scheme?.lowercased()), url.host?.isEmpty == false else {
            throw .doNotRetry("params.url: '\(parameters.url.prefix(200))' is not an address with http:// or https://")
        }
        guard parameters.body == nil || parameters.json == nil else { throw .doNotRetry("params: give 'body' or 'json', not both") }
        var request = URLRequest(url: url, timeoutInterval: parameters.timeoutSecs ?? Self.defaultTimeout)
        let sends = parameters.body != nil || parameters.json != nil
        request.httpMethod = (parameters.method ?? (sends ? "POST" : "GET")).uppercased()
        request.setValue(idempotencyKey, forHTTPHeaderField: "Idempotency-Key")
        if let json = parameters.json {
            request.httpBody = Data(json.compactJSON.utf8)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        } else if let body = parameters.body {
            request.httpBody = Data(body.utf8)
        }
        for (name, value) in (parameters.headers ?? [:]).sorted(by: { $0.key < $1.key }) {
            request.setValue(value, forHTTPHeaderField: name)
        }
        return request
    }

    private static func check(_ answer: HTTPExchange.Answer, _ parameters: Parameters) throws(ActionError) {
        let expected = parameters.expectStatus.map { $0.contains(answer.status) } ?? (200...299).contains(answer.status)
        guard !expected else { return }
        let start = String(decoding: answer.body.prefix(500), as: UTF8.self)
        let message = "the answer is \(answer.status)" + (start.isEmpty ? "" : ": \(start)")
        guard answer.status == 408 || answer.status == 429 || answer.status >= 500 else { throw .doNotRetry(message) }
        guard let seconds = answer.retryAfter else { throw ActionError(message) }
        throw .retry(after: .seconds(seconds), message)
    }

    private static func output(_ answer: HTTPExchange.Answer, _ kind: Parameters.Output) throws(ActionError) -> Value {
        switch kind {
        case .body: return .string(String(decoding: answer.body, as: UTF8.self))
        case .json:
            do { return try JSONDecoder().decode(Value.self, from: answer.body) } catch {
                throw .doNotRetry("the answer is no JSON: \(String(decoding: answer.body.prefix(200), as: UTF8.self))")
            }
        }
    }
}
