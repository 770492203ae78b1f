import Engine
import TestSupport
import Testing
import Workflow

@Suite("Keeper: locks")
struct MutexConformanceTests {
    private let long = Duration.seconds(60)
    private let short = Duration.milliseconds(300)
    private let author = ForcedRelease.Author(name: "ada", host: "desk", reason: "$stuck")

    private func owner(_ id: String) -> LockOwner { LockOwner(id: id, name: "name of \(id)", place: "place of \(id)") }

    private func token(_ answer: LockAnswer) throws -> Int64 {
        guard case .acquired(let token) = answer else { throw StoreError(.refused, "not acquired: \(answer)") }
        return token
    }

    @Test("a free lock is taken, listed with its holder, and given back", arguments: Backend.allCases)
    func acquire(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let keeper = fixture.keeper
            #expect(try await keeper.locks().isEmpty)
            let token = try token(try await keeper.acquireLock("k", owner: owner("a"), ttl: long))
            // The token is the server's time in milliseconds.
            #expect(token >= 1_700_000_000_000)
            let lock = try #require(try await keeper.locks().first)
            #expect(lock.key == "k" && lock.owner == owner("a") && lock.token == token && lock.since != nil && !lock.isWanted)
            #expect(lock.secondsLeft > 50 && lock.secondsLeft <= 60 && lock.forced.isEmpty)
            #expect(try await keeper.releaseLock("k", owner: "a", token: token) == .released(isWanted: false))
            #expect(try await keeper.releaseLock("k", owner: "a", token: token) == .notHeld)
            #expect(try await keeper.locks().isEmpty)
        }
    }

    @Test("asking again is harmless: the token stays, the time grows, one release is enough", arguments: Backend.allCases)
    func again(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let keeper = fixture.keeper
            let first = try token(try await keeper.acquireLock("k", owner: owner("a"), ttl: .seconds(20)))
            #expect(try token(try await keeper.acquireLock("k", owner: owner("a"), ttl: long)) == first)
            #expect(try await keeper.locks().first.map { $0.secondsLeft > 50 } == true)
            #expect(try await keeper.releaseLock("k", owner: "a", token: nil) == .released(isWanted: false))
            #expect(try await keeper.locks().isEmpty)
        }
    }

    @Test("who asks in vain is told who holds the lock, and giving back says that it is wanted", arguments: Backend.allCases)
    func held(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let keeper = fixture.keeper
            let first = try token(try await keeper.acquireLock("k", owner: owner("a"), ttl: long))
            guard case .held(let status) = try await keeper.acquireLock("k", owner: owner("b"), ttl: .seconds(600)) else {
                Issue.record("two have it")
                return
            }
            #expect(status.owner == owner("a") && status.token == first && status.secondsLeft <= 60 && status.isWanted)
            #expect(try await keeper.renewLock("k", owner: "b", token: first, ttl: long) == false)
            #expect(try await keeper.releaseLock("k", owner: "b", token: nil) == .notHeld)
            #expect(try await keeper.releaseLock("k", owner: "a", token: first) == .released(isWanted: true))
            #expect(try token(try await keeper.acquireLock("k", owner: owner("b"), ttl: long)) > first)
        }
    }

    @Test("of many who ask at once exactly one gets it, of a new key and of one given back", arguments: Backend.allCases)
    func race(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let keeper = fixture.keeper
            var last: Int64 = 0
            for round in 0..<3 {
                let answers = try await withThrowingTaskGroup(of: (String, LockAnswer).self) { group in
                    for number in 0..<6 {
                        let id = "\(round)-\(number)"
                        group.addTask { (id, try await keeper.acquireLock("k", owner: owner(id), ttl: .seconds(60))) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let winners = answers.compactMap { id, answer in if case .acquired(let token) = answer { (id, token) } else { nil } }
                #expect(winners.count == 1)
                let winner = try #require(winners.first)
                #expect(winner.1 > last)
                last = winner.1
                _ = try await keeper.releaseLock("k", owner: winner.0, token: winner.1)
            }
        }
    }

    @Test("an expired lock is free; its old holder can neither extend it nor give the new holder's back", arguments: Backend.allCases)
    func expiry(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let keeper = fixture.keeper
            let old = try token(try await keeper.acquireLock("k", owner: owner("a"), ttl: short))
            try await fixture.pass(short + .milliseconds(100))
            #expect(try await keeper.locks().isEmpty)
            #expect(try await keeper.renewLock("k", owner: "a", token: old, ttl: long) == false)
            let new = try token(try await keeper.acquireLock("k", owner: owner("b"), ttl: long))
            #expect(new > old)
            #expect(try await keeper.renewLock("k", owner: "a", token: old, ttl: long) == false)
            #expect(try await keeper.releaseLock("k", owner: "a", token: old) == .notHeld)
            #expect(try await keeper.releaseLock("k", owner: "a", token: nil) == .notHeld)
            #expect(try await keeper.locks().first?.owner == owner("b"))
        }
    }

    @Test("a holder whose own lock has expired gets it again with a higher token", arguments: Backend.allCases)
    func sameOwnerAfterExpiry(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let old = try token(try await fixture.keeper.acquireLock("k", owner: owner("a"), ttl: short))
            try await fixture.pass(short + .milliseconds(100))
            #expect(try token(try await fixture.keeper.acquireLock("k", owner: owner("a"), ttl: long)) > old)
        }
    }

    @Test("renewing extends the lock by the server's clock, for its holder and token alone", arguments: Backend.allCases)
    func renew(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let keeper = fixture.keeper
            let token = try token(try await keeper.acquireLock("k", owner: owner("a"), ttl: .seconds(4)))
            #expect(try await keeper.renewLock("k", owner: "a", token: token + 1, ttl: long) == false)
            #expect(try await keeper.renewLock("other", owner: "a", token: token, ttl: long) == false)
            #expect(try await keeper.renewLock("k", owner: "a", token: token, ttl: long))
            try await fixture.pass(.milliseconds(4_100))
            #expect(try await keeper.locks().first.map { $0.secondsLeft > 50 } == true)
        }
    }

    @Test("a forced release takes the lock from the holder that was meant, and leaves a trace that stays", arguments: Backend.allCases)
    func forced(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let keeper = fixture.keeper
            #expect(try await keeper.forceReleaseLock("k", token: 1, by: author) == false)
            var last: Int64 = 0
            for number in 0..<12 {
                let token = try token(try await keeper.acquireLock("k", owner: owner("o\(number)"), ttl: long))
                #expect(token > last)
                last = token
                #expect(try await keeper.forceReleaseLock("k", token: token - 1, by: author) == false)
                #expect(try await keeper.forceReleaseLock("k", token: token, by: author))
                #expect(try await keeper.forceReleaseLock("k", token: token, by: author) == false)
                #expect(try await keeper.renewLock("k", owner: "o\(number)", token: token, ttl: long) == false)
            }
            let lock = try #require(try await keeper.locks().first)
            #expect(lock.owner == nil && lock.forced.count == LockRules.forcedLimit)
            let trace = try #require(lock.forced.last)
            #expect(trace.by == "ada" && trace.host == "desk" && trace.reason == "$stuck" && trace.token == last)
            #expect(trace.holder == "name of o11")
            // Held locks stand before those that are listed for their trace.
            _ = try await keeper.acquireLock("z", owner: owner("a"), ttl: long)
            #expect(try await keeper.locks().map(\.key) == ["z", "k"])
        }
    }

    @Test("keys, owners and reasons are data, never expressions of the database", arguments: Backend.allCases)
    func oddNames(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let keeper = fixture.keeper
            let owner = LockOwner(id: "$$NOW", name: "$key", place: "$a.b")
            let token = try token(try await keeper.acquireLock("$k.1", owner: owner, ttl: long))
            #expect(try await keeper.locks().first?.owner == owner)
            #expect(try await keeper.renewLock("$k.1", owner: "$$NOW", token: token, ttl: long))
            #expect(try await keeper.releaseLock("$k.1", owner: "$$NOW", token: token) == .released(isWanted: false))
        }
    }

    @Test("a lock is given back even where the caller was cancelled", arguments: Backend.allCases)
    func cancelled(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let keeper = fixture.keeper
            let token = try token(try await keeper.acquireLock("k", owner: owner("a"), ttl: long))
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await keeper.releaseLock("k", owner: "a", token: token)
            }
            task.cancel()
            #expect(try await task.value == .released(isWanted: false))
        }
    }

    @Test(
        "20 contenders with a connection each increase a number by one after the other; none is lost, and tokens strictly grow",
        arguments: [Backend.mongoDB, .sqlite])
    func contenders(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let tokens = Watched<[Int64]>([])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await fixture.withOwnConnection { keeper, number in
                            for _ in 0..<3 {
                                try await keeper.withMutex("counter", ttl: .seconds(20), timeout: .seconds(120)) { token in
                                    try await number.increase()
                                    tokens.change { $0.append(token) }
                                }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await fixture.withOwnConnection { _, number in try await number.read() } == 60)
            let order = tokens.value
            #expect(order.count == 60 && zip(order, order.dropFirst()).allSatisfy { $0 < $1 })
            #expect(try await fixture.keeper.locks().isEmpty)
        }
    }
}
