/// What a node does with an instance of its session that it does not have in memory.
public enum AdoptionPlan: Sendable, Hashable {
    /// It was just dispatched for the first time: start at once, there is nothing to raise.
    case start
    /// Somebody else owned it before: raise the epoch of its tasks from `r` to `e`, read them, mark `runEpoch` = e, and only then start.
    case takeOver(raiseFrom: Int64, to: Int64)
    /// This session has had it before and does not any more: take it at the next epoch first.
    case claimAgain

    /// - Parameters:
    ///   - instance: as read from the store.
    ///   - wasDropped: whether this session had the instance before and let go of it; whatever it tried then must not be tried twice at one epoch.
    public init(_ instance: DagInstance, wasDropped: Bool) {
        if wasDropped || instance.status == .running || instance.version.counter != 0 {
            self = .claimAgain
        } else if instance.runEpoch == instance.version.epoch {
            self = .start
        } else {
            self = .takeOver(raiseFrom: instance.runEpoch, to: instance.version.epoch)
        }
    }
}
