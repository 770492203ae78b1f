import Engine
import Testing
import Workflow

@Suite("Store: dispatch and ownership")
struct OwnershipConformanceTests {
    @Test("a first assignment makes the run scheduled, owned, of epoch 1 that counts at once", arguments: Backend.allCases)
    func assign(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.store.submit(instance())
            #expect(try await fixture.store.assign([assignment(of: instance(), to: "s")]) == [true])
            let run = try #require(try await fixture.store.instance(id: "run"))
            #expect(run.status == .scheduled && run.session == "s" && run.worker == "w-s")
            #expect(run.version == RecordVersion(epoch: 1) && run.runEpoch == 1 && run.adoptions == 0)
            #expect(try await fixture.store.pending(limit: 10).elements.isEmpty)
        }
    }

    @Test("of two leaders who assign one run, one wins; the other's remaining assignments are not disturbed", arguments: Backend.allCases)
    func race(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let store = fixture.store
            for id in ["a", "b", "c"] { _ = try await store.submit(instance(id)) }
            let mine = try [assignment(of: instance("a"), to: "1"), assignment(of: instance("b"), to: "1")]
            let theirs = try [assignment(of: instance("b"), to: "2"), assignment(of: instance("c"), to: "2")]
            #expect(try await store.assign(mine) == [true, true])
            #expect(try await store.assign(theirs) == [false, true])
            #expect(try await store.instance(id: "b")?.session == "1")
        }
    }

    @Test("two leaders at once: every run has one owner, and each leader is told which are its own", arguments: Backend.allCases)
    func parallelRace(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let runs = (0..<50).map { instance("r\($0)") }
            for run in runs { _ = try await fixture.store.submit(run) }
            let results = try await withThrowingTaskGroup(of: (String, [Bool]).self) { group in
                for session in ["1", "2", "3"] {
                    group.addTask { (session, try await fixture.store.assign(runs.map { try assignment(of: $0, to: session) })) }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for (index, run) in runs.enumerated() {
                let winners = results.filter { $0.value[index] }.map(\.key)
                let session = try await fixture.store.instance(id: run.id)?.session
                #expect(winners == [session])
            }
        }
    }

    @Test("an assignment sent again after a lost answer has still taken place", arguments: Backend.allCases)
    func resent(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.store.submit(instance())
            let assignments = try [assignment(of: instance(), to: "s")]
            #expect(try await fixture.store.assign(assignments) == [true])
            #expect(try await fixture.store.assign(assignments) == [true])
        }
    }

    @Test("an orphan moves only from the session it was read with, which counts as an adoption", arguments: Backend.allCases)
    func orphan(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let run = owned(by: "dead", version: RecordVersion(epoch: 2, counter: 5), runEpoch: 2)
            _ = try await fixture.store.submit(run)
            var wrong = run
            wrong.session = "other"
            #expect(try await fixture.store.assign([assignment(of: wrong, to: "s")]) == [false])
            wrong = run
            wrong.version = run.version.next
            #expect(try await fixture.store.assign([assignment(of: wrong, to: "s")]) == [false])
            wrong = run
            wrong.status = .scheduled
            #expect(try await fixture.store.assign([assignment(of: wrong, to: "s")]) == [false])
            #expect(try await fixture.store.assign([assignment(of: run, to: "s")]) == [true])
            let moved = try #require(try await fixture.store.instance(id: "run"))
            #expect(moved.version == RecordVersion(epoch: 3) && moved.runEpoch == 2 && moved.adoptions == 1)
        }
    }

    @Test("nothing to assign is nothing", arguments: Backend.allCases)
    func nothing(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in #expect(try await fixture.store.assign([]).isEmpty) }
    }

    @Test("what is owned is listed with all that a watchdog needs, and nothing else is", arguments: Backend.allCases)
    func listOwned(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let version = RecordVersion(epoch: 2, counter: 3)
            _ = try await fixture.store.submit(owned("a", by: "s", version: version, runEpoch: 2))
            _ = try await fixture.store.submit(instance("b"))
            _ = try await fixture.store.submit(instance("c") { $0.status = .blocked })
            _ = try await fixture.store.submit(instance("d") { $0.status = .success })
            let expected = OwnedInstance(
                id: "a", dagId: "d", dagVersion: "v1", status: .running, session: "s", version: version, runEpoch: 2)
            #expect(try await fixture.store.owned() == [expected])
        }
    }

    @Test("a session's runs are listed in order of id, in pages", arguments: Backend.allCases)
    func listAssigned(_ backend: Backend) async throws {
        try await backend.test { fixture in
            for id in ["c", "a", "b"] { _ = try await fixture.store.submit(owned(id, by: "s")) }
            _ = try await fixture.store.submit(owned("x", by: "other"))
            _ = try await fixture.store.submit(instance("y") { $0.status = .success })
            let first = try await fixture.store.assigned(to: "s", after: nil, limit: 2).elements
            #expect(first.map(\.id) == ["a", "b"])
            #expect(first.first == owned("a", by: "s"))
            #expect(try await fixture.store.assigned(to: "s", after: "b", limit: 2).elements.map(\.id) == ["c"])
            #expect(try await fixture.store.assigned(to: "s", after: "c", limit: 2).elements.isEmpty)
            #expect(try await fixture.store.assigned(to: "s", among: ["c", "a", "nowhere"]).elements.map(\.id).sorted() == ["a", "c"])
            #expect(try await fixture.store.assigned(to: "nobody", among: ["a", "b"]).elements.isEmpty)
        }
    }

    @Test("a run is claimed again at the next epoch only by its session and from the version that was read", arguments: Backend.allCases)
    func claimAgain(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let version = RecordVersion(epoch: 2, counter: 3)
            let run = owned(by: "s", version: version, runEpoch: 2)
            _ = try await fixture.store.submit(run)
            #expect(try await fixture.store.claimAgain(id: "run", session: "other", expected: version) == nil)
            #expect(try await fixture.store.claimAgain(id: "run", session: "s", expected: version.next) == nil)
            #expect(try await fixture.store.claimAgain(id: "none", session: "s", expected: version) == nil)
            var expected = run
            expected.status = .scheduled
            expected.version = RecordVersion(epoch: 3)
            #expect(try await fixture.store.claimAgain(id: "run", session: "s", expected: version) == expected)
            #expect(try await fixture.store.claimAgain(id: "run", session: "s", expected: version) == nil)
        }
    }

    @Test("raising moves the epochs in the range, keeps the counters, and leaves all others", arguments: Backend.allCases)
    func raise(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let versions: [String: RecordVersion] = [
                "below": RecordVersion(epoch: 1, counter: 5), "first": RecordVersion(epoch: 2, counter: 7),
                "last": RecordVersion(epoch: 4, counter: 0xFFFF_FFFF), "at": RecordVersion(epoch: 5, counter: 1),
                "above": RecordVersion(epoch: 6, counter: 2),
            ]
            for (id, version) in versions { _ = try await fixture.store.record(task(id, version), isFirst: true) }
            _ = try await fixture.store.record(task("first", of: "run2", RecordVersion(epoch: 2, counter: 7)), isFirst: true)
            try await fixture.store.raiseTasks(of: "run", from: 2, to: 5)
            let after = try await fixture.store.tasks(of: "run", runEpoch: 0)
            #expect(
                Dictionary(uniqueKeysWithValues: after.map { ($0.taskId, $0.version) }) == [
                    "below": RecordVersion(epoch: 1, counter: 5), "first": RecordVersion(epoch: 5, counter: 7),
                    "last": RecordVersion(epoch: 5, counter: 0xFFFF_FFFF), "at": RecordVersion(epoch: 5, counter: 1),
                    "above": RecordVersion(epoch: 6, counter: 2),
                ])
            #expect(try await fixture.store.tasks(of: "run2", runEpoch: 0).map(\.version.epoch) == [2])
        }
    }

    @Test("readers ignore task documents below the run epoch, and get the rest in order of id", arguments: Backend.allCases)
    func runEpoch(_ backend: Backend) async throws {
        try await backend.test { fixture in
            for (id, epoch) in [("b", 3), ("stray", 2), ("a", 4)] {
                _ = try await fixture.store.record(task(id, RecordVersion(epoch: Int64(epoch), counter: 9)), isFirst: true)
            }
            #expect(try await fixture.store.tasks(of: "run", runEpoch: 3).map(\.taskId) == ["a", "b"])
            #expect(try await fixture.store.tasks(of: "run", runEpoch: 5).isEmpty)
        }
    }
}
