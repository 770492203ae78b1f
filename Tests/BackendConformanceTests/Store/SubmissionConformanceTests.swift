import Engine
import Testing
import Workflow

@Suite("Store: submission and reading of runs")
struct SubmissionConformanceTests {
    @Test("a run comes back as it was submitted, with names that a database may find odd", arguments: Backend.allCases)
    func roundTrip(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let full = instance("key 1.$x") {
                $0.trigger = .cron
                $0.reason = "why"
                $0.vars = ["day": "monday", "a.b": "", "$x": "ä\u{0}€"]
                $0.shareData = ["k.k": "v", "": "empty"]
                $0.tags = ["$t": "1"]
                $0.priority = -3
                $0.wakeAt = date(6)
                $0.control = fullControl()
                $0.control?.commands[0].run = "key 1.$x"
                $0.control?.commands[1].run = "key 1.$x"
                $0.origin = RunOrigin(
                    kind: .task, run: "r", task: "load[3]", attempt: 2, lineage: ["a", "b"], params: ["a.b": [1, nil]], from: [])
                $0.startedAt = date(5)
            }
            #expect(try await fixture.store.submit(full) == .created)
            #expect(try await fixture.store.instance(id: full.id) == full)
            #expect(try await fixture.store.instance(id: "other") == nil)
        }
    }

    @Test("an id is one run: a second submission finds the first and changes nothing", arguments: Backend.allCases)
    func idempotent(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let first = instance { $0.vars = ["a": "1"] }
            _ = try await fixture.store.submit(first)
            #expect(try await fixture.store.submit(instance(createdAt: 9) { $0.vars = ["a": "2"] }) == .existing(first))
            #expect(try await fixture.store.instance(id: "run") == first)
        }
    }

    @Test("a submission that is sent again because its answer was lost is no other one", arguments: Backend.allCases)
    func resent(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            #expect(try await fixture.store.submit(instance()) == .created)
            #expect(try await fixture.store.submit(instance()) == .created)
        }
    }

    @Test("of many who submit one id at once, exactly one creates it", arguments: Backend.allCases)
    func race(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let outcomes = try await withThrowingTaskGroup(of: SubmitOutcome.self) { group in
                for number in 0..<8 { group.addTask { try await fixture.store.submit(instance(createdAt: number)) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == .created } == 1)
        }
    }

    @Test("pending runs come oldest first, at most as many as asked for", arguments: Backend.allCases)
    func pending(_ backend: Backend) async throws {
        try await backend.test { fixture in
            for (id, at) in [("b", 2), ("c", 3), ("a", 1)] { _ = try await fixture.store.submit(instance(id, createdAt: at)) }
            _ = try await fixture.store.submit(instance("blocked", createdAt: 0) { $0.status = .blocked })
            _ = try await fixture.store.submit(owned("owned", by: "s"))
            #expect(try await fixture.store.pending(limit: 2).elements.map(\.id) == ["a", "b"])
            #expect(try await fixture.store.pending(limit: 10).elements.map(\.id) == ["a", "b", "c"])
        }
    }

    @Test("what waits comes by priority, then by age, on every page alike", arguments: Backend.allCases)
    func priorities(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let store = fixture.store
            let priorities = [0, 5, 0, -1, 0, 9, 5, 0, -1, -3]
            for (number, priority) in priorities.enumerated() {
                _ = try await store.submit(instance("r\(number)", createdAt: number / 2) { $0.priority = priority })
            }
            let expected = ["r5", "r1", "r6", "r0", "r2", "r4", "r7", "r3", "r8", "r9"]
            for limit in [1, 2, 3, 4, 7, 9, 10, 11, 100] {
                var (ids, after): ([String], String?) = ([], nil)
                repeat {
                    let page = try await store.pending(after: after, limit: limit)
                    ids += page.elements.map(\.id)
                    after = page.next
                } while after != nil
                #expect(ids == expected, "in pages of \(limit)")
            }
            #expect(try await store.instance(id: "r5")?.priority == 9)
        }
    }

    @Test("runs are listed newest first, by DAG and status", arguments: Backend.allCases)
    func list(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let statuses: [DagInstanceStatus] = [.`init`, .success, .failed, .success]
            for (number, status) in statuses.enumerated() {
                _ = try await fixture.store.submit(
                    instance("r\(number)", dag: number == 3 ? "e" : "d", createdAt: number) { $0.status = status })
            }
            func ids(_ query: InstanceQuery) async throws -> [String] { try await fixture.store.instances(query).elements.map(\.id) }
            #expect(try await ids(InstanceQuery()) == ["r3", "r2", "r1", "r0"])
            #expect(try await ids(InstanceQuery(limit: 2)) == ["r3", "r2"])
            #expect(try await ids(InstanceQuery(dagId: "d")) == ["r2", "r1", "r0"])
            #expect(try await ids(InstanceQuery(statuses: [.success, .failed])) == ["r3", "r2", "r1"])
            #expect(try await ids(InstanceQuery(dagId: "d", statuses: [.success])) == ["r1"])
        }
    }
}
