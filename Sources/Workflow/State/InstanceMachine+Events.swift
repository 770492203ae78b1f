#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension InstanceMachine {
    /// What happens to a run.
    public enum Event: Sendable, Hashable {
        /// Ownership is settled: go.
        case begin
        /// The executor began an attempt.
        case taskStarted(Int)
        /// An attempt that was watched is likely still at work.
        case taskOutlasts(Int, attempt: Int)
        /// An attempt under way wants what it did to the share data so far to outlive its worker.
        case taskNoted(Int, [ShareDataEdit], attempt: Int)
        /// - Parameter attempt: the attempt that ended; `nil` where there can be no other.
        case taskEnded(Int, TaskOutcome, attempt: Int? = nil)
        /// An attempt was given up without a result: it was canceled, or the node stops. In the latter case nothing is recorded; the next owner sees a lost attempt.
        case taskAbandoned(Int, attempt: Int? = nil)
        /// The record of a task with this version is durable.
        case taskRecorded(Int, RecordVersion)
        /// The store refuses the record of a task, whatever is tried: it is too large, say.
        case taskRefused(Int, RecordVersion, reason: String)
        /// The run that was watched is likely still under way.
        case runOutlasts
        case instanceRecorded(RecordVersion)
        /// The store refuses a record of the run.
        case instanceRefused(RecordVersion, reason: String)
        /// The node stops: start nothing more, and hand the run back when what runs has ended.
        case handBack
        /// Somebody asks something of the run.
        case command(Command)
        /// A time has come.
        case alarm(Alarm)
    }

    /// What must be done about it.
    public enum Effect: Sendable, Hashable {
        /// Run an attempt; the document says which, with its parameters rendered. One that is `ending` has run: only RunAfter is left.
        case start(Int, TaskInstance)
        /// Cancel an attempt that was started; it is answered as any other end.
        case cancelAttempt(Int, attempt: Int)
        /// Write a task's document. `isFirst`: the store is not known to have one, so a plain insert is tried first.
        case recordTask(Int, TaskInstance, isFirst: Bool)
        /// Answer with `taskOutlasts` in a while, so that `running` is written only of tasks that do not end soon.
        case watchTask(Int, attempt: Int)
        case recordInstance(DagInstance)
        /// Answer with `runOutlasts` in a while.
        case watchRun
        /// Answer with `alarm` at this time.
        case setAlarm(Alarm, at: Date)
        /// Say what became of a command.
        case settle(CommandRecord)
        /// Give another run a command.
        case send(Command)
        /// The run needs this node no longer.
        case release(DagInstanceStatus)
        /// Not even a small record of the run can be stored.
        case giveUp(reason: String)
    }

    /// A time that the machine waits for. One that no longer matters changes nothing.
    public struct Alarm: Sendable, Hashable {
        public var kind: Kind
        /// The task and its attempt; 0 for the run's.
        public var task: Int
        public var attempt: Int

        init(_ kind: Kind, task: Int = 0, attempt: Int32 = 0) {
            self.kind = kind
            self.task = task
            self.attempt = Int(attempt)
        }

        public enum Kind: Sendable, Hashable {
            /// What waits goes on.
            case wake
            /// `startTimeoutSecs` of a task.
            case startLimit
            /// `totalTimeoutSecs` of a task.
            case totalLimit
            /// An attempt that was canceled should have ended by now.
            case overdue
            /// `timeoutSecs` of the run.
            case runLimit
        }
    }

    /// What a finished task leaves for those after it.
    struct Legacy: Sendable, Hashable {
        var output: Value?
        var shareData: [ShareDataChange]

        var isEmpty: Bool { output == nil && shareData.isEmpty }
    }
}
