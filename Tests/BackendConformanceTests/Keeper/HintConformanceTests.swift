import Engine
import TestSupport
import Testing

@Suite("Keeper: hints")
struct HintConformanceTests {
    @Test("hints reach those whom they concern, and nobody else", arguments: Backend.allCases)
    func arrive(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let keeper = fixture.keeper
            let heard = Watched<[String: Set<Hint>]>([:])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for session in ["s1", "s2"] {
                    group.addTask {
                        await keeper.listen(session: session) { hint in heard.change { _ = $0[session, default: []].insert(hint) } }
                    }
                }
                group.addTask { await keeper.listenAsLeader { hint in heard.change { _ = $0["leader", default: []].insert(hint) } } }
                let named = Hint.assigned(session: "s1", runs: ["a", "b"])
                let commanded = Hint.commanded(session: "s1", runs: ["c"])
                group.addTask {
                    // A hint may be lost, and nobody knows when the others began to listen: it is repeated.
                    while !Task.isCancelled {
                        await keeper.signal([.dispatch, .nodesChanged, .commands, named, commanded, .leaderGone])
                        try? await Task.sleep(for: .milliseconds(20))
                    }
                }
                defer { group.cancelAll() }
                try await heard.wait(for: "hints") { heard in
                    heard["s1"]?.isSuperset(of: [.leaderGone, named, commanded]) == true && heard["s2"]?.contains(.leaderGone) == true
                        && heard["leader"]?.isSuperset(of: [.dispatch, .nodesChanged, .commands]) == true
                }
                #expect(heard.value["leader"] == [.dispatch, .nodesChanged, .commands])
                #expect(heard.value["s2"]?.isDisjoint(with: [named, commanded]) == true)
                #expect(heard.value["s1"]?.contains { $0.isForLeader } == false && heard.value["s2"]?.contains { $0.isForLeader } == false)
            }
        }
    }

    @Test("everybody is told which lock was given back, or that some lock was", arguments: Backend.allCases)
    func unlocked(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let keeper = fixture.keeper
            let heard = Watched<[Hint]>([])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await keeper.listen(session: "s") { hint in heard.change { $0.append(hint) } } }
                // Whoever begins to listen is told to look once, since what was given back before is not told again.
                try await heard.wait(for: "the first hint") { $0.contains(.unlocked(key: nil)) }
                await keeper.signal([.unlocked(key: "$k.1")])
                try await heard.wait(for: "the key") { $0.last == .unlocked(key: "$k.1") }
                heard.change { $0 = [] }
                await keeper.signal([.unlocked(key: nil)])
                try await heard.wait(for: "no key") { $0 == [.unlocked(key: nil)] }
                group.cancelAll()
            }
        }
    }

    @Test("listening ends when its task is cancelled", arguments: Backend.allCases)
    func cancel(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let keeper = fixture.keeper
            let listener = Task { await keeper.listen(session: "s") { _ in } }
            listener.cancel()
            await listener.value
        }
    }

    @Test("signalling to nobody is harmless", arguments: Backend.allCases)
    func nobody(_ backend: Backend) async throws {
        try await backend.test { fixture in
            await fixture.keeper.signal([])
            await fixture.keeper.signal([.assigned(session: "nobody"), .dispatch])
        }
    }

    @Test("hints that many give at the same time all arrive", arguments: Backend.allCases)
    func together(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let keeper = fixture.keeper
            let heard = Watched<Set<Hint>>([])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await keeper.listen(session: "s") { hint in heard.change { _ = $0.insert(hint) } } }
                defer { group.cancelAll() }
                try await heard.wait(for: "the first hint") { $0.contains(.unlocked(key: nil)) }
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<200 { group.addTask { await keeper.signal([.unlocked(key: "k\(number % 100)")]) } }
                }
                try await heard.wait(for: "all of them") { heard in (0..<100).allSatisfy { heard.contains(.unlocked(key: "k\($0)")) } }
            }
        }
    }
}
