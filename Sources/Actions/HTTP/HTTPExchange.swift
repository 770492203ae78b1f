import Engine
import Foundation
import Synchronization

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// One request and its answer. The body is read up to a limit; a cancelled task cancels the request.
struct HTTPExchange: Sendable {
    struct Answer: Sendable {
        var status: Int
        var body: Data
        /// What `Retry-After` asks for, in seconds, where it gives a number.
        var retryAfter: Int?
    }

    let limit: Int

    func send(_ request: URLRequest) async throws -> Answer {
        let reader = Reader(limit: limit)
        // A session of its own: nothing of one task, cookies say, reaches another.
        let session = URLSession(configuration: .ephemeral, delegate: reader, delegateQueue: nil)
        defer { session.finishTasksAndInvalidate() }
        let task = session.dataTask(with: request)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                reader.begin(continuation)
                task.resume()
            }
        } onCancel: {
            task.cancel()
        }
    }

    /// Gathers the answer.
    private final class Reader: NSObject, URLSessionDataDelegate, Sendable {
        private struct State {
            var continuation: CheckedContinuation<Answer, any Error>?
            var body = Data()
            var isTooLarge = false
        }

        private let state = Mutex(State())
        private let limit: Int

        init(limit: Int) { self.limit = limit }

        func begin(_ continuation: CheckedContinuation<Answer, any Error>) { state.withLock { $0.continuation = continuation } }

        func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
            let isTooLarge = state.withLock { state in
                state.body.append(data)
                state.isTooLarge = state.body.count > limit
                return state.isTooLarge
            }
            if isTooLarge { dataTask.cancel() }
        }

        func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
            let (continuation, body, isTooLarge) = state.withLock { state in
                (exchange(&state.continuation, with: nil), state.body, state.isTooLarge)
            }
            guard let continuation else { return }
            if isTooLarge {
                continuation.resume(throwing: ActionError.doNotRetry("the answer is larger than the \(limit) bytes allowed"))
            } else if let error {
                continuation.resume(throwing: ActionError("the request failed: \(error.localizedDescription)"))
            } else if let response = task.response as? HTTPURLResponse {
                let retryAfter = response.value(forHTTPHeaderField: "Retry-After").flatMap { Int($0) }
                continuation.resume(returning: Answer(status: response.statusCode, body: body, retryAfter: retryAfter.map { max($0, 0) }))
            } else {
                continuation.resume(throwing: ActionError("the request failed without an answer"))
            }
        }
    }
}
