import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Adoption plans")
struct AdoptionPlanTests {
    private func instance(_ status: DagInstanceStatus, _ version: RecordVersion, runEpoch: Int64, adoptions: Int = 0) -> DagInstance {
        DagInstance(
            id: "r", dagId: "d", dagVersion: "v", status: status, worker: "w", session: "s", version: version, runEpoch: runEpoch,
            adoptions: adoptions, progress: 2, createdAt: Date(timeIntervalSince1970: 1))
    }

    @Test("a first dispatch starts at once")
    func first() {
        #expect(AdoptionPlan(instance(.scheduled, RecordVersion(epoch: 1), runEpoch: 1), wasDropped: false) == .start)
    }

    @Test("what somebody else owned before has the epoch of its tasks raised first")
    func later() {
        #expect(
            AdoptionPlan(instance(.scheduled, RecordVersion(epoch: 5), runEpoch: 3), wasDropped: false)
                == .takeOver(raiseFrom: 3, to: 5))
    }

    @Test("what this session had before, or marked without knowing, is taken again at the next epoch")
    func again() {
        #expect(AdoptionPlan(instance(.running, RecordVersion(epoch: 1, counter: 1), runEpoch: 1), wasDropped: false) == .claimAgain)
        #expect(AdoptionPlan(instance(.scheduled, RecordVersion(epoch: 1), runEpoch: 1), wasDropped: true) == .claimAgain)
        #expect(AdoptionPlan(instance(.scheduled, RecordVersion(epoch: 2), runEpoch: 1), wasDropped: true) == .claimAgain)
        #expect(AdoptionPlan(instance(.scheduled, RecordVersion(epoch: 2, counter: 1), runEpoch: 2), wasDropped: false) == .claimAgain)
    }

    @Test("the mark makes the new epoch the one that counts, and forgets lost workers where there was progress")
    func mark() {
        let now = Date(timeIntervalSince1970: 9)
        let marked = instance(.scheduled, RecordVersion(epoch: 3), runEpoch: 2, adoptions: 4)
            .marked(finishedTasks: 3, adoptionLimit: 5, at: now)
        #expect(marked.status == .running)
        #expect(marked.runEpoch == 3)
        #expect(marked.version == RecordVersion(epoch: 3, counter: 1))
        #expect(marked.adoptions == 0)
        #expect(marked.progress == 3)
        #expect(marked.startedAt == now)
    }

    @Test("a run whose workers are lost again and again without progress is given up")
    func limit() {
        let now = Date(timeIntervalSince1970: 9)
        let run = instance(.scheduled, RecordVersion(epoch: 3), runEpoch: 2, adoptions: 5)
        let givenUp = run.marked(finishedTasks: 2, adoptionLimit: 5, at: now)
        #expect(givenUp.status == .failed)
        #expect(givenUp.session == nil)
        #expect(givenUp.endedAt == now)
        #expect(givenUp.reason.contains("5 times"))
        #expect(run.marked(finishedTasks: 2, adoptionLimit: 6, at: now).status == .running)
    }
}
