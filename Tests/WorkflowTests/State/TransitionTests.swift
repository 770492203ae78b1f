import Testing
import Workflow

@Suite("Status tables")
struct TransitionTests {
    @Test("a change of a run's status is legal exactly if the table has it, for every pair")
    func dagInstancePairs() {
        let legal: [DagInstanceStatus: Set<DagInstanceStatus>] = [
            .`init`: [.scheduled, .canceled, .failed, .parked],
            .scheduled: [.scheduled, .running, .`init`, .success, .failed, .canceled, .blocked, .parked],
            .running: [.scheduled, .running, .`init`, .success, .failed, .canceled, .blocked, .parked],
            .blocked: [.scheduled, .`init`, .canceled],
            .parked: [.scheduled, .`init`, .canceled],
            .success: [.`init`],
            .failed: [.`init`],
            .canceled: [.`init`],
        ]
        for from in DagInstanceStatus.allCases {
            for to in DagInstanceStatus.allCases {
                #expect(from.canBecome(to) == (legal[from]?.contains(to) ?? false), "\(from) -> \(to)")
            }
        }
    }

    @Test("a change of a task's status is legal exactly if the table has it, for every pair")
    func taskInstancePairs() {
        let legal: [TaskInstanceStatus: Set<TaskInstanceStatus>] = [
            .`init`: [.queued, .skipped, .blocked, .failed, .canceled],
            .queued: [.running, .`init`, .canceled, .failed],
            .running: [.success, .failed, .canceled, .queued, .ending, .retrying, .parked, .blocked],
            .ending: [.success, .failed, .retrying, .canceled],
            .retrying: [.queued, .failed, .canceled],
            .parked: [.queued, .failed, .canceled],
            .success: [.queued],
            .failed: [.queued],
            .canceled: [.queued],
            .skipped: [.queued],
            .blocked: [.`continue`, .canceled, .failed],
            .`continue`: [.queued],
        ]
        for from in TaskInstanceStatus.allCases {
            for to in TaskInstanceStatus.allCases {
                #expect(from.canBecome(to) == (legal[from]?.contains(to) ?? false), "\(from) -> \(to)")
            }
        }
    }

    @Test("no table has a row twice, and every row says why it happens")
    func rows() {
        #expect(Set(DagInstanceStatus.transitions.map { [$0.from, $0.to] }).count == DagInstanceStatus.transitions.count)
        #expect(Set(TaskInstanceStatus.transitions.map { [$0.from, $0.to] }).count == TaskInstanceStatus.transitions.count)
        #expect(DagInstanceStatus.transitions.allSatisfy { !$0.cause.isEmpty })
        #expect(TaskInstanceStatus.transitions.allSatisfy { !$0.cause.isEmpty })
    }

    @Test("what is over leaves its status only by a command, which runs it again")
    func finalStatuses() {
        for status in DagInstanceStatus.allCases where status.isFinal {
            #expect(!status.isOwned)
            #expect(DagInstanceStatus.allCases.filter(status.canBecome).allSatisfy { $0 == .`init` })
        }
        for status in TaskInstanceStatus.allCases where status.isFinal {
            #expect(TaskInstanceStatus.allCases.filter(status.canBecome).allSatisfy { $0 == .queued })
        }
        #expect(TaskInstanceStatus.allCases.filter(\.letsChildrenStart) == [.success, .skipped])
    }

    @Test("every status of a run and of a task can be reached from its first one")
    func reachable() {
        var runs: Set<DagInstanceStatus> = [.`init`]
        for _ in DagInstanceStatus.allCases {
            for row in DagInstanceStatus.transitions where runs.contains(row.from) { runs.insert(row.to) }
        }
        #expect(runs == Set(DagInstanceStatus.allCases))
        var tasks: Set<TaskInstanceStatus> = [.`init`]
        for _ in TaskInstanceStatus.allCases {
            for row in TaskInstanceStatus.transitions where tasks.contains(row.from) { tasks.insert(row.to) }
        }
        #expect(tasks == Set(TaskInstanceStatus.allCases))
    }
}
