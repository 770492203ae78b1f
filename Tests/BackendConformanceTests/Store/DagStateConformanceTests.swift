import Engine
import Testing
import Workflow

@Suite("Store: states of DAGs, their history, and pools")
struct DagStateConformanceTests {
    private func file(_ dag: Dag, _ version: String, _ directory: String, _ name: String = "d.yaml") -> NewDefinition {
        NewDefinition(dag: dag, version: version, source: name, origin: DagOrigin(directory: directory, file: name))
    }

    @Test("a DAG is stopped and paused under its revision, and stays paused when it is applied again", arguments: Backend.allCases)
    func state(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let store = fixture.store
            let dag = Dag(id: "d")
            _ = try await store.apply(dag, version: "v1", source: "ada", expectedRevision: nil)
            let wanted = DagState(status: .stopped, isPaused: true)
            var expected = DagRecord(dag: dag, version: "v1", revision: 2, source: "ada", isPaused: true)
            expected.dag.status = .stopped
            for _ in 0..<2 { #expect(try await store.set(wanted, of: "d", expectedRevision: 1) == .applied(expected)) }
            #expect(try await store.set(wanted, of: "d", expectedRevision: 2) == .unchanged(expected))
            #expect(try await store.set(DagState(), of: "d", expectedRevision: 1) == .conflict)
            #expect(try await store.set(DagState(), of: "none", expectedRevision: 1) == .conflict)
            #expect(try await store.dag(id: "d") == expected)
            #expect(try await store.pausedDags(limit: 10) == ["d"])
            _ = try await store.apply(dag, version: "v2", source: "ada", expectedRevision: 2)
            #expect(try await store.dag(id: "d") == DagRecord(dag: dag, version: "v2", revision: 3, source: "ada", isPaused: true))
            _ = try await store.set(DagState(), of: "d", expectedRevision: 3)
            #expect(try await store.pausedDags(limit: 10).isEmpty)
        }
    }

    @Test("what was current when is kept, newest first, and never changed", arguments: Backend.allCases)
    func history(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let store = fixture.store
            #expect(try await store.revisions(of: "d", limit: 10).isEmpty)
            for number in 1...12 {
                let revision = number == 1 ? nil : Int64(number - 1)
                _ = try await store.apply(Dag(id: "d"), version: "v\(number % 3)", source: "s\(number)", expectedRevision: revision)
            }
            _ = try await store.set(DagState(isPaused: true), of: "d", expectedRevision: 12)
            // Of a DAG whose id begins alike nothing is shown.
            for (version, revision) in [("v1", nil), ("v2", 1)] as [(String, Int64?)] {
                _ = try await store.apply(Dag(id: "d@x"), version: version, source: "other", expectedRevision: revision)
            }
            let found = try await store.revisions(of: "d", limit: 100)
            #expect(found.map(\.revision) == (1...13).reversed())
            #expect(found.map(\.version) == ["v0"] + (1...12).reversed().map { "v\($0 % 3)" })
            #expect(found.map(\.source) == ["s12"] + (1...12).reversed().map { "s\($0)" })
            #expect(found.map(\.state.isPaused) == [true] + Array(repeating: false, count: 12))
            #expect(zip(found, found.dropFirst()).allSatisfy { $0.at >= $1.at })
            #expect(try await store.revisions(of: "d", limit: 3) == Array(found.prefix(3)))
        }
    }

    @Test("a directory leaves DAGs of other directories and those applied by hand alone", arguments: Backend.allCases)
    func origins(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let store = fixture.store
            _ = try await store.apply(Dag(id: "hand"), version: "v1", source: "ada", expectedRevision: nil)
            #expect(try await store.apply([file(Dag(id: "mine"), "v1", "/a")], onlyUnknown: false).count == 1)
            let outcomes = try await store.apply(
                [file(Dag(id: "hand"), "v2", "/a"), file(Dag(id: "mine"), "v2", "/b"), file(Dag(id: "new"), "v1", "/b")], onlyUnknown: false
            )
            for (outcome, words) in zip(outcomes, ["applied by hand (ada)", "comes from /a/d.yaml"]) {
                let error = #expect(throws: StoreError.self) { try outcome.get() }
                #expect(error?.kind == .refused && error?.message.contains(words) == true)
            }
            #expect(try await store.dag(id: "new")?.origin == DagOrigin(directory: "/b", file: "d.yaml"))
            // By hand it may be changed; it stays the directory's.
            _ = try await store.apply(Dag(id: "mine"), version: "v3", source: "ada", expectedRevision: 1)
            #expect(try await store.dag(id: "mine")?.origin == DagOrigin(directory: "/a", file: "d.yaml"))
            // Whose file was removed is anybody's, known or not.
            let released = DagState(status: .stopped, origin: DagOrigin(directory: "/a", file: ""))
            _ = try await store.set(released, of: "mine", expectedRevision: 2)
            _ = try await store.apply([file(Dag(id: "mine"), "v1", "/b", "e.yaml")], onlyUnknown: true)
            let taken = try #require(try await store.dag(id: "mine"))
            #expect(taken.version == "v1" && taken.dag.status == .normal && taken.origin == DagOrigin(directory: "/b", file: "e.yaml"))
        }
    }

    @Test("pools are made, changed, removed and listed", arguments: Backend.allCases)
    func pools(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let store = fixture.store
            for pool in [Pool(name: "b", slots: 2), Pool(name: "a.$x", slots: 1), Pool(name: "b", slots: 5)] { try await store.put(pool) }
            #expect(try await store.pools() == [Pool(name: "a.$x", slots: 1), Pool(name: "b", slots: 5)])
            #expect(try await store.removePool("b"))
            #expect(try await store.removePool("b") == false)
            #expect(try await store.pools().map(\.name) == ["a.$x"])
        }
    }

    @Test("runs that wait and runs that are under way are counted up to a limit", arguments: Backend.allCases)
    func counts(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let store = fixture.store
            for number in 0..<6 { _ = try await store.submit(instance("w\(number)", dag: number < 4 ? "d" : "e", createdAt: number)) }
            func submit(_ id: String, _ dag: String, _ status: DagInstanceStatus, runEpoch: Int64 = 1) async throws {
                _ = try await store.submit(
                    instance(id, dag: dag) {
                        ($0.status, $0.runEpoch) = (status, runEpoch)
                        if status.isOwned { $0.session = "s" }
                    })
            }
            try await submit("scheduled", "d", .scheduled)
            try await submit("running", "d", .running)
            try await submit("parked", "d", .parked)
            try await submit("paused before its start", "d", .parked, runEpoch: 0)
            try await submit("blocked", "d", .blocked)
            try await submit("over", "d", .success)
            try await submit("other", "e", .running)
            for (id, status) in [("part", DagInstanceStatus.running), ("parked part", .parked)] {
                let part = instance(id, dag: "d") {
                    ($0.status, $0.runEpoch, $0.session) = (status, 1, status.isOwned ? "s" : nil)
                    $0.origin = RunOrigin(kind: .task, run: "running", task: "a")
                }
                _ = try await store.submit(part)
            }
            #expect(try await store.waitingRuns(of: "d", limit: 100) == 4)
            #expect(try await store.waitingRuns(of: nil, limit: 100) == 6)
            #expect(try await store.waitingRuns(of: nil, limit: 5) == 5)
            #expect(try await store.waitingRuns(of: "d", limit: 0) == 0)
            #expect(try await Set(store.activeRuns(of: "d", limit: 100)) == ["scheduled", "running", "parked"])
            #expect(try await store.activeRuns(of: "d", limit: 2).count == 2)
            #expect(try await store.activeRuns(of: "none", limit: 2).isEmpty)
            #expect(try await store.pending(except: ["d"], limit: 10).elements.map(\.id) == ["w4", "w5"])
            #expect(try await store.pending(except: ["e"], limit: 2).elements.map(\.id) == ["w0", "w1"])
        }
    }
}
