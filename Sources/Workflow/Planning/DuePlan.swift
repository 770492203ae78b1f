#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What becomes of runs that nobody owns and whose `wakeAt` has come, or is about to.
public struct DuePlan: Hashable, Sendable {
    /// Runs that get an owner, as if they waited for their start.
    public private(set) var waking: [DagInstance] = []
    /// Runs that change without an owner: those that have waited too long for their first start have failed, and paused ones wait for no time.
    public private(set) var amendments: [Change] = []
    /// When the first of the others is due.
    public private(set) var next: Date?

    public struct Change: Hashable, Sendable {
        public var run: DagInstance
        public var expected: RecordVersion
    }

    /// - Parameters:
    ///   - runs: the earliest first.
    ///   - now: the present time, in whole milliseconds.
    public init(_ runs: [DagInstance], now: Date) {
        for run in runs {
            guard let wakeAt = run.wakeAt else { continue }
            guard wakeAt <= now else {
                next = wakeAt
                return
            }
            if run.control?.isPaused == true {
                amend(run) { $0.wakeAt = nil }
            } else if run.status != .`init` {
                waking.append(run)
            } else if run.runEpoch == 0 {
                let limit = Int(wakeAt.timeIntervalSince(run.createdAt).rounded())
                amend(run) { new in
                    (new.status, new.endedAt, new.wakeAt) = (.failed, now, nil)
                    new.reason = "it waited longer than startTimeoutSecs (\(limit) s) for its start"
                }
            } else {
                // It was under way before: that limit is not for it, and it is in the queue.
                amend(run) { $0.wakeAt = nil }
            }
        }
    }

    private mutating func amend(_ run: DagInstance, _ change: (inout DagInstance) -> Void) {
        var new = run
        new.version = run.version.nextEpoch
        change(&new)
        amendments.append(Change(run: new, expected: run.version))
    }
}
