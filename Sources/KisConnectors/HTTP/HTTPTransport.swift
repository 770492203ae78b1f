import AsyncHTTPClient
import Foundation
import KisFlow
import NIOCore
import NIOHTTP1

/// Sends requests, again where that may help, and refuses answers that are no success.
final class HTTPTransport: Sendable {
    private static let maximumRedirects = 5
    private static let excerptBytes = 500

    let settings: HTTPSettings
    let secrets: Secrets
    private let client: HTTPClient
    private let clock = ContinuousClock()

    init(_ settings: HTTPSettings, _ secrets: Secrets) {
        self.settings = settings
        self.secrets = secrets
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: TimeAmount(settings.connectTimeout), read: TimeAmount(settings.timeout))
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        // For those who do not close their catalogue; a second time it does nothing.
        client.shutdown { _ in }
    }

    func close() async {
        try? await client.shutdown()
    }

    /// Asks for a page and gives its beginning; the body is read by the caller.
    func open(_ address: HTTPAddress) async throws -> HTTPClientResponse {
        try await send("GET", address, nil) { $0 }
    }

    /// Asks for a page and reads all of it.
    func get(_ address: HTTPAddress) async throws -> (body: [UInt8], link: String?) {
        try await send("GET", address, nil) { [settings] response in
            let body = try await response.body.collect(upTo: settings.maximumBodyBytes)
            return (Array(body.readableBytesView), response.headers["link"].joined(separator: ", "))
        }
    }

    /// Sends rows.
    func put(_ address: HTTPAddress, _ body: [UInt8]) async throws {
        try await send(settings.method, address, body) { [settings] response in
            // Read to its end, so that the connection can be used again.
            _ = try? await response.body.collect(upTo: settings.maximumBodyBytes)
        }
    }

    /// What went wrong while the body of an answer was read.
    func failure(_ error: any Error, _ method: String, _ address: HTTPAddress) -> any Error {
        if error is CancellationError || Task.isCancelled { return CancellationError() }
        if error is FlowError { return error }
        let reason =
            switch error {
            case is NIOTooManyBytesError:
                "the answer has more than \(settings.maximumBodyBytes) bytes (parameter max_body_bytes); JSON lines are read piece by piece"
            case let error as HTTPClientError where error == .deadlineExceeded: "no answer within \(settings.timeout) (parameter timeout)"
            case let error as HTTPClientError where error == .readTimeout: "no more bytes within \(settings.timeout) (parameter timeout)"
            default: secrets.redacted("\(error)")
            }
        return FlowError(.connector, "\(method) \(address.description): \(reason)", underlying: error)
    }

    // MARK: - Sending

    /// An answer that asks to go elsewhere.
    private struct Redirect: Error {
        let location: String
    }

    /// An answer that may be another one later.
    private struct Passing: Error {
        let status: UInt
        let excerpt: String
        let asked: Duration?
    }

    private func send<Result: Sendable>(
        _ method: String, _ address: HTTPAddress, _ body: [UInt8]?, _ use: (HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        let start = clock.now
        var address = address
        var attempt = 0
        var redirects = 0
        while true {
            attempt += 1
            var asked: Duration?
            let failure: any Error
            do {
                return try await sendOnce(method, address, body, use)
            } catch let redirect as Redirect where method == "GET" && redirects < Self.maximumRedirects {
                address = try address.following(redirect.location, secrets)
                redirects += 1
                attempt -= 1
                continue
            } catch let redirect as Redirect {
                let place = secrets.redacted(redirect.location.split(separator: "?").first.map(String.init) ?? "")
                throw FlowError(
                    .connector, "\(method) \(address.description): the server sends to \(place); put that under addrs if it is right")
            } catch let passing as Passing {
                asked = passing.asked
                failure = status(passing.status, passing.excerpt, method, address)
            } catch {
                failure = self.failure(error, method, address)
                if !(failure is FlowError) || error is FlowError || error is NIOTooManyBytesError { throw failure }
            }
            guard let delay = settings.retry.delay(after: attempt, asked: asked, elapsed: clock.now - start) else {
                throw attempt == 1 ? failure : FlowError(.connector, "\(failure) (after \(attempt) requests)", underlying: failure)
            }
            try await clock.sleep(for: delay)
        }
    }

    private func sendOnce<Result>(
        _ method: String, _ address: HTTPAddress, _ body: [UInt8]?, _ use: (HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        let response = try await client.execute(request(method, address, body), timeout: TimeAmount(settings.timeout))
        let code = response.status.code
        if (200...299).contains(code) { return try await use(response) }
        if (300...399).contains(code), code != 304, let location = response.headers.first(name: "location") {
            throw Redirect(location: location)
        }
        let excerpt = await excerpt(response)
        guard HTTPRetry.isPassing(code) else { throw status(code, excerpt, method, address) }
        throw Passing(status: code, excerpt: excerpt, asked: HTTPRetry.asked(response.headers.first(name: "retry-after"), now: Date()))
    }

    private func request(_ method: String, _ address: HTTPAddress, _ body: [UInt8]?) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: address.url)
        request.method = HTTPMethod(rawValue: method)
        request.headers.add(name: "accept", value: settings.isLines ? "application/x-ndjson, application/json" : "application/json")
        if let authorization = address.authorization { request.headers.add(name: "authorization", value: authorization) }
        if let body {
            request.headers.add(name: "content-type", value: settings.isLines ? "application/x-ndjson" : "application/json")
            if let header = settings.idempotencyHeader { request.headers.add(name: header, value: HTTPBody.key(method, address.url, body)) }
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        for (name, value) in settings.headers { request.headers.replaceOrAdd(name: name, value: value) }
        return request
    }

    private func status(_ code: UInt, _ excerpt: String, _ method: String, _ address: HTTPAddress) -> FlowError {
        FlowError(.connector, "\(method) \(address.description): status \(code)\(excerpt.isEmpty ? "" : ": \(excerpt)")")
    }

    /// The beginning of the body.
    private func excerpt(_ response: HTTPClientResponse) async -> String {
        var bytes: [UInt8] = []
        do {
            for try await piece in response.body {
                bytes += piece.readableBytesView
                if bytes.count >= Self.excerptBytes { break }
            }
        } catch {
            // The status says enough.
        }
        return secrets.redacted(String(decoding: bytes.prefix(Self.excerptBytes), as: UTF8.self))
    }
}
