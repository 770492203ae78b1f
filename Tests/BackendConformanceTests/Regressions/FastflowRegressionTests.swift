import Engine
import Testing
import Workflow

/// What is wrong in the scheduler that this one is modelled on, and must not be wrong in any backend; the numbers are those of docs/guarantees.md.
@Suite("fastflow regressions: backends")
struct FastflowRegressionTests {
    private let version = RecordVersion(epoch: 2, counter: 5)

    @Test("fastflow 4: a lease that its holder has renewed in between is not taken", arguments: Backend.allCases)
    func renewedLease(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let short = Duration.seconds(2)
            _ = try await fixture.keeper.campaign(key: "w1", session: "s1", ttl: short)
            // A candidate looks here, and finds a lease that is about to run out.
            #expect(try await fixture.keeper.campaign(key: "w2", session: "s2", ttl: short).session == "s1")
            _ = try await fixture.keeper.campaign(key: "w1", session: "s1", ttl: .seconds(60))
            try await fixture.pass(short + .milliseconds(100))
            let answer = try await fixture.keeper.campaign(key: "w2", session: "s2", ttl: .seconds(60))
            #expect(answer.session == "s1" && answer.term == 1)
        }
    }

    @Test("fastflow 5: each change of leader has its own number, and who led before cannot go on under it", arguments: Backend.allCases)
    func terms(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            for term in 1...4 {
                let leadership = try await fixture.keeper.campaign(key: "w\(term % 2)", session: "s\(term)", ttl: .seconds(60))
                #expect(leadership.term == Int64(term))
                let former = try await fixture.keeper.campaign(key: "w\((term + 1) % 2)", session: "s\(term - 1)", ttl: .seconds(60))
                #expect(former.session == "s\(term)" && former.term == Int64(term))
                try await fixture.keeper.resign(session: "s\(term)", term: Int64(term))
            }
        }
    }

    @Test(
        "fastflow 6: giving a run out changes nothing else in it, and not at all what changed since it was read",
        arguments: Backend.allCases)
    func partialWrites(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let read = instance {
                $0.version = version
                $0.runEpoch = 2
                $0.vars = ["v": "1"]
                $0.shareData = ["a.b": "c"]
                $0.tags = ["t": "2"]
                $0.progress = 3
                $0.claims = ["once": 1]
            }
            _ = try await fixture.store.submit(read)
            #expect(try await fixture.store.assign([assignment(of: read, to: "s")]) == [true])
            let given = try #require(try await fixture.store.instance(id: "run"))
            #expect(given.vars == read.vars && given.shareData == read.shareData && given.tags == read.tags)
            #expect(given.progress == 3 && given.claims == ["once": 1] && given.createdAt == read.createdAt)
            var later = given
            later.shareData["a.b"] = "d"
            later.version = given.version.next
            #expect(try await fixture.store.record(later) == .written)
            #expect(try await fixture.store.assign([assignment(of: read, to: "other")]) == [false])
            #expect(try await fixture.store.assign([assignment(of: given, to: "other")]) == [false])
            #expect(try await fixture.store.instance(id: "run") == later)
        }
    }

    @Test("fastflow 6: writes of an owner that was replaced are refused, of the run and of its tasks", arguments: Backend.allCases)
    func lateWrites(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let run = owned(by: "old", version: version, runEpoch: 2)
            _ = try await fixture.store.submit(run)
            _ = try await fixture.store.record(task("a", version, status: .running), isFirst: true)
            _ = try await fixture.store.assign([assignment(of: run, to: "new")])
            try await fixture.store.raiseTasks(of: "run", from: 2, to: 3)
            var late = run
            late.version = version.next
            late.status = .success
            #expect(try await fixture.store.record(late) == .fenced)
            #expect(try await fixture.store.record(task("a", version.next), isFirst: false) == .fenced)
            #expect(try await fixture.store.record(task("a", version.next), isFirst: true) == .fenced)
            #expect(try await fixture.store.instance(id: "run")?.session == "new")
            #expect(try await fixture.store.tasks(of: "run", runEpoch: 3).map(\.status) == [.running])
        }
    }

    @Test("fastflow 7: giving out many runs says of each whether it took place", arguments: Backend.allCases)
    func assignments(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let runs = (0..<6).map { instance("r\($0)") }
            for run in runs where run.id != "r4" { _ = try await fixture.store.submit(run) }
            _ = try await fixture.store.assign([assignment(of: runs[1], to: "other")])
            let done = try await fixture.store.assign(runs.map { try assignment(of: $0, to: "s") })
            #expect(done == [true, false, true, true, false, true])
        }
    }

    @Test("fastflow sights: what is over stays over, whatever a worker writes that was stopped and goes on", arguments: Backend.allCases)
    func finalStates(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let run = owned(by: "stopped", version: version, runEpoch: 2)
            _ = try await fixture.store.submit(run)
            _ = try await fixture.store.assign([assignment(of: run, to: "s")])
            var end = owned(by: "s", version: RecordVersion(epoch: 3, counter: 1), runEpoch: 3)
            (end.status, end.session, end.endedAt) = (.failed, nil, date(9))
            #expect(try await fixture.store.record(end) == .written)
            for status in [DagInstanceStatus.running, .success, .`init`] {
                var late = run
                late.version = RecordVersion(epoch: 2, counter: 99)
                (late.status, late.session) = (status, status == .running ? "stopped" : nil)
                #expect(try await fixture.store.record(late) == .fenced)
            }
            #expect(try await fixture.store.claimAgain(id: "run", session: "stopped", expected: version) == nil)
            #expect(try await fixture.store.instance(id: "run") == end)
        }
    }
}
