import Testing
import Workflow

@Suite("Dispatch plans")
struct DispatchPlanTests {
    private let any = DagRequirements(actions: ["print"])

    private func node(_ key: String, capacity: Int = 10, load: Int = 0, actions: Set<String> = ["print"], flows: Set<String> = [])
        -> DispatchPlan.Candidate
    {
        DispatchPlan.Candidate(key: key, session: "s-\(key)", actions: actions, flows: flows, capacity: capacity, load: load)
    }

    private func pending(
        _ id: String, needs: DagRequirements?, version: RecordVersion = .zero, status: DagInstanceStatus = .`init`, session: String? = nil,
        runEpoch: Int64 = 0
    ) -> DispatchPlan.Pending {
        DispatchPlan.Pending(
            id: id, dagId: "d", version: version, status: status, session: session, runEpoch: runEpoch, requirements: needs)
    }

    @Test("runs go to the node with the least of its capacity in use, of equals to the lesser key")
    func leastLoaded() {
        let plan = DispatchPlan(
            pending: (0..<6).map { pending("r\($0)", needs: any) },
            candidates: [node("b", capacity: 4), node("a", capacity: 2), node("c", capacity: 10, load: 9)])
        #expect(plan.assignments.map(\.worker) == ["a", "b", "b", "a", "b", "b"])
        #expect(plan.waiting.isEmpty)
    }

    @Test("of equals it is the turn of the next one, so that idle nodes share what comes one by one")
    func turns() {
        let nodes = [node("b"), node("c"), node("a")]
        let workers = (0..<6).map { turn in
            DispatchPlan(pending: [pending("r", needs: any)], candidates: nodes, turn: turn).assignments.map(\.worker)
        }
        #expect(workers == [["a"], ["b"], ["c"], ["a"], ["b"], ["c"]])
        let busy = DispatchPlan(pending: [pending("r", needs: any)], candidates: [node("a", load: 1), node("b")], turn: 0)
        #expect(busy.assignments.map(\.worker) == ["b"], "load comes before turns")
    }

    @Test("the oldest are served first, and who finds no room waits with the reason")
    func noRoom() {
        let plan = DispatchPlan(pending: ["first", "second"].map { pending($0, needs: any) }, candidates: [node("a", capacity: 1)])
        #expect(plan.assignments.map(\.id) == ["first"])
        #expect(plan.waiting.map(\.id) == ["second"])
        #expect(plan.waiting.map(\.reason) == ["every node that could run it is full"])
    }

    @Test("a node gets only what it has the actions and flows for; the reason names what is missing")
    func requirements() {
        let nodes = [node("a", actions: ["print", "kisflow"], flows: ["scores"]), node("b", actions: ["print", "shell"])]
        let plan = DispatchPlan(
            pending: [
                pending("flow", needs: DagRequirements(actions: ["kisflow"], flows: ["scores"])),
                pending("both", needs: DagRequirements(actions: ["kisflow", "shell"])),
                pending("action", needs: DagRequirements(actions: ["print", "fax"])),
                pending("unknown flow", needs: DagRequirements(actions: ["kisflow"], flows: ["other"])),
            ], candidates: nodes)
        #expect(plan.assignments.map(\.worker) == ["a"])
        #expect(
            plan.waiting.map(\.reason) == [
                "no single live node offers all its actions and flows", "no live node offers the action 'fax'",
                "no live node offers the flow 'other'",
            ])
    }

    @Test("without a live node, or without its definition, a run waits")
    func nobody() {
        let plan = DispatchPlan(pending: [pending("a", needs: any), pending("b", needs: nil)], candidates: [])
        #expect(plan.waiting.map(\.reason) == ["no node is alive", "its definition is not in the store"])
    }

    @Test("a first dispatch sets the run epoch at once, a later one leaves it for the new owner to mark")
    func epochs() throws {
        let plan = DispatchPlan(
            pending: [
                pending("new", needs: any),
                pending("handed back", needs: any, version: RecordVersion(epoch: 2, counter: 9), runEpoch: 2),
            ], candidates: [node("a")])
        try #require(plan.assignments.count == 2)
        #expect(plan.assignments[0].version == RecordVersion(epoch: 1))
        #expect(plan.assignments[0].runEpoch == 1)
        #expect(plan.assignments[1].version == RecordVersion(epoch: 3))
        #expect(plan.assignments[1].runEpoch == nil)
        #expect(plan.assignments.allSatisfy { !$0.isAdoption })
    }

    @Test("an orphan is taken from its dead session only as it was read")
    func orphans() throws {
        let version = RecordVersion(epoch: 4, counter: 7)
        let orphan = pending("o", needs: any, version: version, status: .running, session: "dead", runEpoch: 4)
        let assignment = try #require(DispatchPlan(pending: [orphan], candidates: [node("a")]).assignments.first)
        #expect(assignment.isAdoption)
        #expect(assignment.from == .running)
        #expect(assignment.expected == version)
        #expect(assignment.expectedSession == "dead")
        #expect(assignment.session == "s-a")
        #expect(assignment.version == RecordVersion(epoch: 5))
    }
}
