import Testing
import Workflow

@Suite("Watchdog plans")
struct WatchDogPlanTests {
    private func node(_ key: String, isAlive: Bool = true, isExpired: Bool = false) -> WatchDogPlan.Node {
        WatchDogPlan.Node(key: key, session: "s-\(key)", isAlive: isAlive, isExpired: isExpired)
    }

    @Test("an instance is an orphan if its session is absent, replaced, dead, or missing altogether")
    func orphans() {
        let plan = WatchDogPlan(ownedSessions: ["s-a", "s-dead", "s-gone", nil], nodes: [node("a"), node("dead", isAlive: false)])
        #expect(plan.orphans == [1, 2, 3])
        #expect(plan.toDeclareDead.isEmpty)
    }

    @Test("a session whose lease has run out is to be declared dead, and keeps its instances until it is")
    func expired() {
        let plan = WatchDogPlan(ownedSessions: ["s-late"], nodes: [node("late", isExpired: true)])
        #expect(plan.toDeclareDead.map(\.key) == ["late"])
        #expect(plan.orphans.isEmpty)
    }

    @Test("who is dead already is not declared dead again")
    func once() {
        let plan = WatchDogPlan(ownedSessions: [], nodes: [node("dead", isAlive: false, isExpired: true)])
        #expect(plan.toDeclareDead.isEmpty)
    }
}
