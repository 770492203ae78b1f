#if DEBUG
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
#endif

/// A place between two writes of a run's life at which a test can tell the process to die, as by `kill -9`.
///
/// In debug builds `SWIFTFLOW_DIE_AT=afterTasks` in the environment kills the process when it first gets there, `SWIFTFLOW_DIE_AT=afterTasks:3` the third time. Release builds have none of it.
public enum CrashPoint: String, CaseIterable, Sendable {
    // The leader
    case beforeDeclareDead, afterDeclareDead
    case beforeAssign, afterAssign
    // Taking a run
    case beforeTake
    case beforeClaimAgain, afterClaimAgain
    case beforeRaise, afterRaise
    case beforeMark, afterMark
    // An attempt
    case beforeRun, afterRun
    // The recorder
    case beforeBatch, afterTraces, afterTasks, afterBatch
    // The end of a run on this node
    case beforeRelease
    // The end of the node
    case beforeDrain, afterDrain
    case beforeHandBack, afterHandBack
    case beforeResign, beforeLeave, afterLeave

    /// Dies here if the environment says so.
    public func reached() {
        #if DEBUG
        guard let plan = CrashPlan.ofProcess, plan.point == self else { return }
        if plan.isDue() { kill(getpid(), SIGKILL) }
        #endif
    }
}

#if DEBUG
/// Where this process is to die, read from the environment once.
private final class CrashPlan: Sendable {
    let point: CrashPoint
    private let left: Mutex<Int>

    static let ofProcess: CrashPlan? = getenv("SWIFTFLOW_DIE_AT").flatMap { CrashPlan(String(cString: $0)) }

    private init?(_ text: String) {
        let parts = text.split(separator: ":")
        guard let name = parts.first, let point = CrashPoint(rawValue: String(name)) else { return nil }
        self.point = point
        left = Mutex(parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
    }

    func isDue() -> Bool {
        left.withLock { left in
            left -= 1
            return left == 0
        }
    }
}
#endif
