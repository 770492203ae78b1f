public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ActionContext {
    /// Ends this call of the action; it is called again at `time`, with `memo`. Until then the attempt has no place on any node and survives restarts.
    ///
    /// The output and the share data of this call are not kept; put into `memo` what the next needs. `timeoutSecs` counts for each call by itself.
    /// - Throws: always; let it pass.
    public func park(until time: Date, memo: Value? = nil) throws -> Never {
        throw ActionPause(outcome: TaskOutcome(.parked(until: time), memo: memo, childRun: childRun))
    }

    /// The same, waiting for a run that the attempt has started: it is called again as soon as that has ended.
    package func park(until time: Date, memo: Value? = nil, childRun: String) throws -> Never {
        throw ActionPause(outcome: TaskOutcome(.parked(until: time), memo: memo, childRun: childRun))
    }

    /// Ends this call of the action and blocks the task until somebody continues it, which calls the action again as the next attempt (`decision` says who it was), or rejects it, which fails it.
    /// - Parameters:
    ///   - message: what is asked, for people.
    ///   - time: when the action is called again although nobody has decided, as the same attempt.
    /// - Throws: always; let it pass.
    public func block(_ message: String, until time: Date? = nil, memo: Value? = nil) throws -> Never {
        throw ActionPause(outcome: TaskOutcome(.blocked(reason: message, until: time), memo: memo))
    }

    /// Calls `body` until it returns true, waiting `interval` between calls; keeps its place meanwhile (`park` does not).
    /// - Throws: what `body` throws; `CancellationError` when the attempt is canceled or its time is up.
    public func loopDo(every interval: Duration, _ body: () async throws -> Bool) async throws {
        while true {
            try Task.checkCancellation()
            if try await body() { return }
            try await surroundings.host.sleep(for: max(interval, .milliseconds(1)))
        }
    }
}
