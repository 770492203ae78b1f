/// Mistakes that the simulation must find: each takes one rule of the protocol away.
enum Mutation: String, CaseIterable, Sendable {
    // The fence of records
    case taskFenceLeftOut
    case taskFenceOffByOne
    case instanceFenceLeftOut
    case instanceFenceComparesEpochOnly
    case fencedCountsAsWritten
    // Durability
    case answersBeforeDurable
    case doesNotWaitForTheMajority
    case readsUncommitted
    case tracesAreNotWritten
    case tracesAreWrittenLater
    // Change of owner
    case assignIgnoresVersion
    case assignKeepsEpoch
    case assignStartsEveryRunAfresh
    case claimIgnoresOwner
    case raiseLeftOut
    case raisesStrays
    case raiseSentTwice
    case readsStrays
    case forgetsFinishedTasks
    case claimLeftOut
    case submitReplaces
    case queueForgetsHandedBack
    case watchdogSeesScheduledOnly
    case nodesReadFromSecondary
    case leaderTrustsOldNodes
    case ownedReadOnce
    // Sessions
    case joinIgnoresHolder
    case joinIgnoresPrevious
    case renewalRevives
    case renewalIgnoresSession
    case leaveIgnoresSession
    case deathIgnoresExpiry
    case deathIgnoresSession
    case leaseEndsBeforeTrust
    case clientClockJudgesExpiry
    // The leader's lease
    case campaignIgnoresExpiry
    case termStays
    case resignIgnoresHolder
    // Commands, waits, fan-outs and placement
    case ownerForgetsWhatWasApplied
    case settlesBeforeAmending
    case pauseIsNotKept
    case dueKeepsEpoch
    case ignoresMaxParallel
    case ignoresLabels
    // Mutexes
    case unlockByKeyOnly
    case lockIgnoresHolder
    case lockTokenStays
    case lockErrorIsSuccess
    case lockRenewalAlwaysSucceeds

    /// How many histories it may take to find it.
    var patience: Int { 40_000 }
}
