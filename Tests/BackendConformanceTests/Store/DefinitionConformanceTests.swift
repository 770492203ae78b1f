import Engine
import Testing
import Workflow

@Suite("Store: definitions")
struct DefinitionConformanceTests {
    private let dag = Dag(
        id: "d", name: "n", desc: "text", cron: "* * * * *",
        vars: ["day": .init(desc: "x", defaultValue: nil), "b": .init(defaultValue: "")],
        tasks: [
            .init(
                id: "a", name: "A", actionName: "print", timeoutSecs: 5, params: ["$k.x": ["deep": [1, 2.5, nil, "t"]]],
                preChecks: [.init(name: "c", conditions: [.init(source: .shareData, key: "k", op: .isNotIn, values: ["v"])], act: .block)]),
            .init(id: "b", actionName: "print", dependOn: ["a"]),
        ])

    @Test("a definition comes back as it was applied, with revision 1", arguments: Backend.allCases)
    func roundTrip(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let store = fixture.store
            #expect(try await store.dag(id: "d") == nil)
            let record = DagRecord(dag: dag, version: "v1", revision: 1, source: "file")
            #expect(try await store.apply(dag, version: "v1", source: "file", expectedRevision: nil) == .applied(record))
            #expect(try await store.dag(id: "d") == record)
            #expect(try await store.dagVersion(id: "d", version: "v1") == dag)
            #expect(try await store.dagVersion(id: "d", version: "v2") == nil)
        }
    }

    @Test("applying the same again changes nothing, also where the caller does not know of its first try", arguments: Backend.allCases)
    func unchanged(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let record = DagRecord(dag: dag, version: "v1", revision: 1, source: "file")
            _ = try await fixture.store.apply(dag, version: "v1", source: "file", expectedRevision: nil)
            #expect(try await fixture.store.apply(dag, version: "v1", source: "file", expectedRevision: 1) == .unchanged(record))
            #expect(try await fixture.store.apply(dag, version: "v1", source: "file", expectedRevision: nil) == .unchanged(record))
        }
    }

    @Test("a change of the status or the source alone is a new revision of the same version", arguments: Backend.allCases)
    func status(_ backend: Backend) async throws {
        try await backend.test { fixture in
            var dag = dag
            _ = try await fixture.store.apply(dag, version: "v1", source: "file", expectedRevision: nil)
            dag.status = .stopped
            let stopped = DagRecord(dag: dag, version: "v1", revision: 2, source: "file")
            #expect(try await fixture.store.apply(dag, version: "v1", source: "file", expectedRevision: 1) == .applied(stopped))
            let moved = DagRecord(dag: dag, version: "v1", revision: 3, source: "other")
            #expect(try await fixture.store.apply(dag, version: "v1", source: "other", expectedRevision: 2) == .applied(moved))
            #expect(try await fixture.store.dag(id: "d") == moved)
        }
    }

    @Test(
        "who applies to a revision that is no longer current, or not yet there, has a conflict and changes nothing",
        arguments: Backend.allCases)
    func conflict(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let other = Dag(id: "d", name: "other")
            #expect(try await fixture.store.apply(dag, version: "v1", source: "s", expectedRevision: 1) == .conflict)
            _ = try await fixture.store.apply(dag, version: "v1", source: "s", expectedRevision: nil)
            #expect(try await fixture.store.apply(other, version: "v2", source: "s", expectedRevision: nil) == .conflict)
            #expect(try await fixture.store.apply(other, version: "v2", source: "s", expectedRevision: 7) == .conflict)
            #expect(try await fixture.store.dag(id: "d")?.version == "v1")
        }
    }

    @Test("old versions are kept for ever, and never change", arguments: Backend.allCases)
    func versions(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let other = Dag(id: "d", name: "other")
            _ = try await fixture.store.apply(dag, version: "v1", source: "s", expectedRevision: nil)
            _ = try await fixture.store.apply(other, version: "v2", source: "s", expectedRevision: 1)
            _ = try await fixture.store.apply(Dag(id: "d", name: "a forged v1"), version: "v1", source: "s", expectedRevision: 2)
            #expect(try await fixture.store.dagVersion(id: "d", version: "v1") == dag)
            #expect(try await fixture.store.dagVersion(id: "d", version: "v2") == other)
        }
    }

    @Test("versions are kept without becoming current, and those that are there stay as they are", arguments: Backend.allCases)
    func keepVersions(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let (old, other) = (Dag(id: "d", name: "old"), Dag(id: "e", name: "other"))
            _ = try await fixture.store.apply(dag, version: "v2", source: "s", expectedRevision: nil)
            let before = try await fixture.store.dag(id: "d")
            let kept = [
                NewDefinition(dag: old, version: "v1", source: "import"), NewDefinition(dag: other, version: "v1", source: "import"),
                NewDefinition(dag: Dag(id: "d", name: "a forged v2"), version: "v2", source: "import"),
            ]
            for _ in 0..<2 { try await fixture.store.keepVersions(kept) }
            #expect(try await fixture.store.dagVersion(id: "d", version: "v1") == old)
            #expect(try await fixture.store.dagVersion(id: "e", version: "v1") == other)
            #expect(try await fixture.store.dagVersion(id: "d", version: "v2") == dag)
            #expect(try await fixture.store.dag(id: "d") == before)
            #expect(try await fixture.store.dag(id: "e") == nil)
            #expect(try await fixture.store.dags(after: nil, limit: 10).map(\.dag.id) == ["d"])
            #expect(try await fixture.store.revisions(of: "d", limit: 10).map(\.version) == ["v2"])
            // It is as known as one that was applied.
            _ = try await fixture.store.apply(old, version: "v1", source: "s", expectedRevision: 1)
            #expect(try await fixture.store.dag(id: "d")?.version == "v1")
            try await fixture.store.keepVersions([])
        }
    }

    @Test("of many who apply different definitions to one revision, exactly one wins", arguments: Backend.allCases)
    func race(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.store.apply(dag, version: "v0", source: "s", expectedRevision: nil)
            let outcomes = try await withThrowingTaskGroup(of: ApplyOutcome.self) { group in
                for number in 1...8 {
                    group.addTask {
                        try await fixture.store.apply(
                            Dag(id: "d", name: "\(number)"), version: "v\(number)", source: "s", expectedRevision: 1)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == .conflict } == 7)
            #expect(try await fixture.store.dag(id: "d")?.revision == 2)
        }
    }

    @Test("definitions are listed in order of id, in pages", arguments: Backend.allCases)
    func list(_ backend: Backend) async throws {
        try await backend.test { fixture in
            for id in ["c", "a", "d", "b"] {
                _ = try await fixture.store.apply(Dag(id: id), version: "v", source: "s", expectedRevision: nil)
            }
            let first = try await fixture.store.dags(after: nil, limit: 3)
            #expect(first.map(\.dag.id) == ["a", "b", "c"])
            #expect(try await fixture.store.dags(after: "c", limit: 3).map(\.dag.id) == ["d"])
        }
    }

    @Test("many definitions are applied at once, each as it stands", arguments: Backend.allCases)
    func many(_ backend: Backend) async throws {
        try await backend.test { fixture in
            func new(_ id: String, _ version: String, name: String = "") -> NewDefinition {
                NewDefinition(dag: Dag(id: id, name: name), version: version, source: "s")
            }
            _ = try await fixture.store.apply(Dag(id: "same"), version: "v1", source: "s", expectedRevision: nil)
            _ = try await fixture.store.apply(Dag(id: "changed"), version: "v1", source: "s", expectedRevision: nil)
            let outcomes = try await fixture.store.apply(
                [new("same", "v1"), new("changed", "v2", name: "n"), new("fresh", "v1")], onlyUnknown: false
            ).map { try $0.get() }
            #expect(
                outcomes == [
                    .unchanged(DagRecord(dag: Dag(id: "same"), version: "v1", revision: 1, source: "s")),
                    .applied(DagRecord(dag: Dag(id: "changed", name: "n"), version: "v2", revision: 2, source: "s")),
                    .applied(DagRecord(dag: Dag(id: "fresh"), version: "v1", revision: 1, source: "s")),
                ])
            #expect(try await fixture.store.dags(after: nil, limit: 10).map(\.version) == ["v2", "v1", "v1"])
            #expect(try await fixture.store.apply([], onlyUnknown: false).isEmpty)
        }
    }

    @Test("what the store has had is left alone on request, what it has not is applied", arguments: Backend.allCases)
    func onlyUnknown(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.store.apply(Dag(id: "d"), version: "v1", source: "s", expectedRevision: nil)
            _ = try await fixture.store.apply(Dag(id: "d", name: "by hand"), version: "v2", source: "hand", expectedRevision: 1)
            let old = try await fixture.store.apply([NewDefinition(dag: Dag(id: "d"), version: "v1", source: "s")], onlyUnknown: true)
            let outcomes = try old.map { try $0.get() }
            #expect(outcomes == [nil])
            #expect(try await fixture.store.dag(id: "d")?.dag.name == "by hand")
            let fresh = NewDefinition(dag: Dag(id: "d", name: "new"), version: "v3", source: "s")
            _ = try await fixture.store.apply([fresh], onlyUnknown: true)
            #expect(try await fixture.store.dag(id: "d")?.version == "v3")
        }
    }
}
