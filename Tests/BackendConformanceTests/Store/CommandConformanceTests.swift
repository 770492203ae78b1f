import Engine
import Testing
import Workflow

@Suite("Store: commands")
struct CommandConformanceTests {
    @Test("a command comes back as it was given, and is found again when it is sent again", arguments: Backend.allCases)
    func submit(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let store = fixture.store
            let given = command("c.$1", .cancel, tasks: ["a.b", "load[3]"])
            #expect(try await store.submit(given) == CommandRecord(given))
            var other = given
            other.kind = .pause
            #expect(try await store.submit(other) == CommandRecord(given))
            #expect(try await store.command(id: "c.$1") == CommandRecord(given))
            #expect(try await store.command(id: "none") == nil)
        }
    }

    @Test("of many who send one command at once, all see the same, and there is one", arguments: Backend.allCases)
    func race(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let seen = try await withThrowingTaskGroup(of: CommandRecord.self) { group in
                for number in 0..<8 { group.addTask { try await fixture.store.submit(command("c", at: number)) } }
                return try await group.reduce(into: Set<CommandRecord>()) { $0.insert($1) }
            }
            #expect(seen.count == 1)
            #expect(try await fixture.store.openCommands(after: nil, limit: 10).elements.count == 1)
        }
    }

    @Test("what is open comes oldest first, in pages, of all runs or of some", arguments: Backend.allCases)
    func open(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let store = fixture.store
            for (id, run, at) in [("d", "r2", 2), ("a", "r1", 3), ("c", "r1", 1), ("b", "r3", 2), ("e", "r2", 4)] {
                _ = try await store.submit(command(id, of: run, at: at))
            }
            for limit in 1...6 {
                var (ids, after): ([String], String?) = ([], nil)
                repeat {
                    let page = try await store.openCommands(after: after, limit: limit)
                    ids += page.elements.map(\.command.id)
                    after = page.next
                } while after != nil
                #expect(ids == ["c", "b", "d", "a", "e"], "in pages of \(limit)")
            }
            #expect(try await store.openCommands(of: ["r2", "r1", "none"], limit: 10).map(\.command.id) == ["c", "d", "a", "e"])
            #expect(try await store.openCommands(of: ["r2", "r1"], limit: 2).map(\.command.id) == ["c", "d"])
            #expect(try await store.openCommands(of: [], limit: 2).isEmpty)
        }
    }

    @Test("a command is settled once: what comes later changes nothing", arguments: Backend.allCases)
    func settle(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let store = fixture.store
            for id in ["a", "b", "c"] { _ = try await store.submit(command(id)) }
            let accepted = CommandRecord(command("a"), status: .accepted, result: "waits for an owner")
            let done = CommandRecord(command("a"), status: .done, result: "2 tasks run again", settledAt: date(5))
            let refused = CommandRecord(command("b"), status: .refused, result: "no", settledAt: date(6))
            try await store.settle([accepted, refused])
            #expect(try await store.command(id: "a") == accepted)
            #expect(try await store.command(id: "b") == refused)
            #expect(try await store.openCommands(after: nil, limit: 10).elements.map(\.command.id) == ["a", "c"])
            for _ in 0..<2 { try await store.settle([done]) }
            #expect(try await store.command(id: "a") == done)
            let late = CommandRecord(command("b"), status: .done, result: "yes", settledAt: date(7))
            try await store.settle([accepted, late, CommandRecord(command("gone"), status: .done)])
            #expect(try await store.command(id: "a") == done)
            #expect(try await store.command(id: "b") == refused)
            #expect(try await store.command(id: "gone") == nil)
            #expect(try await store.submit(command("a")) == done)
            #expect(try await store.openCommands(of: ["run"], limit: 10).map(\.command.id) == ["c"])
        }
    }

    @Test("a run's commands are listed oldest first, the last ones where there are more", arguments: Backend.allCases)
    func list(_ backend: Backend) async throws {
        try await backend.test { (fixture) async throws in
            let store = fixture.store
            for (id, at) in [("b", 2), ("a", 1), ("c", 3)] { _ = try await store.submit(command(id, at: at)) }
            _ = try await store.submit(command("x", of: "other"))
            try await store.settle([CommandRecord(command("b"), status: .done, settledAt: date(5))])
            #expect(try await store.commands(of: "run", limit: 10).map(\.command.id) == ["a", "b", "c"])
            #expect(try await store.commands(of: "run", limit: 2).map(\.command.id) == ["b", "c"])
        }
    }
}
