import Engine
import Testing
import Workflow

@Suite("Store: runs that nobody owns")
struct UnownedConformanceTests {
    @Test("due is what waits for a time that has come, the earliest first, and nothing that is owned or over", arguments: Backend.allCases)
    func due(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let store = fixture.store
            func submit(_ id: String, _ status: DagInstanceStatus, _ wakeAt: Int?) async throws {
                _ = try await store.submit(
                    instance(id) {
                        ($0.status, $0.wakeAt) = (status, wakeAt.map { date($0) })
                        if status.isOwned { $0.session = "s" }
                    })
            }
            try await submit("init", .`init`, 30)
            try await submit("parked", .parked, 10)
            try await submit("parked-2", .parked, 20)
            try await submit("blocked", .blocked, 20)
            try await submit("later", .parked, 41)
            try await submit("never", .parked, nil)
            try await submit("over", .failed, 1)
            #expect(try await store.due(until: date(40), limit: 10).elements.map(\.id) == ["parked", "blocked", "parked-2", "init"])
            #expect(try await store.due(until: date(40), limit: 2).elements.map(\.id) == ["parked", "blocked"])
            #expect(try await store.due(until: date(9), limit: 10).elements.isEmpty)
        }
    }

    @Test(
        "what is parked or blocked is assigned as it is, at the next epoch, and waits no more", arguments: Backend.allCases,
        [DagInstanceStatus.parked, .blocked, .`init`])
    func assign(_ backend: Backend, _ status: DagInstanceStatus) async throws {
        try await backend.test { (fixture) async throws in
            let store = fixture.store
            let run = instance {
                ($0.status, $0.wakeAt, $0.version, $0.runEpoch) = (status, date(1), RecordVersion(epoch: 3, counter: 8), 3)
                ($0.control, $0.priority) = (RunControl(isPaused: true), 4)
            }
            _ = try await store.submit(run)
            for _ in 0..<2 { #expect(try await store.assign([assignment(of: run, to: "s")]) == [true]) }
            let taken = try #require(try await store.instance(id: "run"))
            #expect(taken.status == .scheduled && taken.session == "s" && taken.version == RecordVersion(epoch: 4) && taken.runEpoch == 3)
            #expect(taken.wakeAt == nil && taken.adoptions == 0 && taken.control == run.control && taken.priority == 4)
            #expect(try await store.due(until: date(100), limit: 1).elements.isEmpty)
        }
    }

    @Test("runs are read by id, in order, those that are not there left out", arguments: Backend.allCases)
    func byID(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            for id in ["c", "a", "b"] { _ = try await fixture.store.submit(instance(id)) }
            #expect(try await fixture.store.instances(ids: ["c", "none", "a", "c"]).elements.map(\.id) == ["a", "c"])
            #expect(try await fixture.store.instances(ids: []).elements.isEmpty)
        }
    }

    @Test("more runs than one request reads are read all the same", arguments: Backend.allCases)
    func manyByID(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let runs = (1_000..<1_450).map { instance("r\($0)") }
            _ = try await fixture.store.submit(runs)
            #expect(try await fixture.store.instances(ids: runs.map(\.id).reversed()).elements == runs)
        }
    }

    @Test("a run is amended once: sent again it has taken place, and whoever read it before has lost", arguments: Backend.allCases)
    func amend(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let store = fixture.store
            let run = instance { ($0.status, $0.wakeAt, $0.control) = (.parked, date(5), RunControl(isPaused: true)) }
            _ = try await store.submit([run, instance("other")])
            func amended(_ change: (inout DagInstance) -> Void) -> Amendment {
                var new = run
                new.version = run.version.nextEpoch
                change(&new)
                return Amendment(new, expected: run.version)
            }
            let mine = amended { ($0.status, $0.wakeAt, $0.control) = (.`init`, nil, fullControl()) }
            let theirs = amended { $0.reason = "theirs" }
            var next = instance("other") { $0.version = RecordVersion(epoch: 1) }
            (next.status, next.reason) = (.canceled, "canceled by ada")
            for _ in 0..<2 { #expect(try await store.amend([mine]) == [true]) }
            #expect(try await store.instance(id: "run") == mine.instance)
            let missing = Amendment(instance("gone") { $0.version = RecordVersion(epoch: 1) }, expected: .zero)
            #expect(try await store.amend([theirs, missing, Amendment(next, expected: .zero)]) == [false, false, true])
            #expect(try await store.instance(id: "run") == mine.instance)
            #expect(try await store.instance(id: "other") == next)
            #expect(try await store.amend([]).isEmpty)
        }
    }

    @Test("a run that somebody owns is not amended, and one that was amended is not given out as it was", arguments: Backend.allCases)
    func ownersRace(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let store = fixture.store
            let run = instance { $0.version = RecordVersion(epoch: 1) }
            _ = try await store.submit([run, owned("owned", by: "s")])
            var taken = owned("owned", by: "s")
            (taken.session, taken.status, taken.version) = (nil, .canceled, taken.version.nextEpoch)
            #expect(try await store.amend([Amendment(taken, expected: RecordVersion(epoch: 1))]) == [false])
            var new = run
            (new.status, new.version) = (.canceled, run.version.nextEpoch)
            #expect(try await store.amend([Amendment(new, expected: run.version)]) == [true])
            #expect(try await store.assign([assignment(of: run, to: "s")]) == [false])
            #expect(try await store.instance(id: "run") == new)
        }
    }

    @Test("of two who amend a run at once, one wins, and each is told", arguments: Backend.allCases)
    func race(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let runs = (0..<30).map { instance("r\($0)") }
            _ = try await fixture.store.submit(runs)
            let results = try await withThrowingTaskGroup(of: (String, [Bool]).self) { group in
                for reason in ["1", "2", "3"] {
                    group.addTask {
                        let amendments = runs.map { run in
                            var new = run
                            (new.version, new.reason) = (run.version.nextEpoch, reason)
                            return Amendment(new, expected: run.version)
                        }
                        return (reason, try await fixture.store.amend(amendments))
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for (index, run) in runs.enumerated() {
                let winners = results.filter { $0.value[index] }.map(\.key)
                #expect(try await [fixture.store.instance(id: run.id)?.reason] == winners)
            }
        }
    }
}
