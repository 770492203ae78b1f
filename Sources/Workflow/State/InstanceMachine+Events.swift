extension InstanceMachine {
    /// What happens to a run.
    public enum Event: Sendable, Hashable {
        /// Ownership is settled: go.
        case begin
        /// The executor began an attempt.
        case taskStarted(Int)
        /// An attempt that was watched is likely still at work.
        case taskOutlasts(Int, attempt: Int)
        case taskEnded(Int, TaskOutcome)
        /// An attempt was given up without a result: the node stops. Nothing is recorded; the next owner sees a lost attempt.
        case taskAbandoned(Int)
        /// The record of a task with this version is durable.
        case taskRecorded(Int, RecordVersion)
        /// The store refuses the record of a task, whatever is tried: it is too large, say.
        case taskRefused(Int, RecordVersion, reason: String)
        /// The run that was watched is likely still under way.
        case runOutlasts
        case instanceRecorded(RecordVersion)
        /// The store refuses the last record of the run.
        case instanceRefused(RecordVersion, reason: String)
        /// The node stops: start nothing more, and hand the run back when what runs has ended.
        case handBack
    }

    /// What must be done about it.
    public enum Effect: Sendable, Hashable {
        /// Run an attempt; the document says which, with its parameters rendered.
        case start(Int, TaskInstance)
        /// Write a task's document. `isFirst`: the store is not known to have one, so a plain insert is tried first.
        case recordTask(Int, TaskInstance, isFirst: Bool)
        /// Answer with `taskOutlasts` in a while, so that `running` is written only of tasks that do not end soon.
        case watchTask(Int, attempt: Int)
        case recordInstance(DagInstance)
        /// Answer with `runOutlasts` in a while.
        case watchRun
        /// The run needs this node no longer.
        case release(DagInstanceStatus)
        /// Not even a small record of the run can be stored.
        case giveUp(reason: String)
    }

    /// What a finished task leaves for those after it.
    struct Legacy: Sendable, Hashable {
        var output: Value?
        var shareData: [ShareDataChange]

        var isEmpty: Bool { output == nil && shareData.isEmpty }
    }
}
