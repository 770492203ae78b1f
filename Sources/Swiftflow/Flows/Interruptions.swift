import Foundation
import UnixSignals

/// Ctrl-C and SIGTERM while a flow runs: the first cancels the run, which undoes what it can; the second ends the process.
enum Interruptions {
    /// - Throws: `CancellationError` after the first signal, and what `body` throws.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let (until, told) = AsyncStream.makeStream(of: Void.self)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                var isTold = false
                for await _ in signals {
                    if isTold { _exit(FlowExit.interrupted.rawValue) }
                    isTold = true
                    told.finish()
                }
                return nil
            }
            group.addTask { try await run(body, until) }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }

    /// Runs `body`, which is cancelled when the stream ends.
    private static func run<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value, _ until: AsyncStream<Void>
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in until {}
                throw CancellationError()
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}

extension Interruptions {
    /// Tells of each signal, by its number, while `body` runs; it ends nothing by itself.
    static func telling<Value: Sendable>(
        _ onSignal: @escaping @Sendable (Int) async -> Void, while body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                await withDiscardingTaskGroup { answers in
                    var count = 0
                    for await _ in signals {
                        count += 1
                        answers.addTask { [count] in await onSignal(count) }
                    }
                }
                return nil
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }
}
