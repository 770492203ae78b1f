import Engine
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Keeper: node sessions")
struct SessionConformanceTests {
    private let long = Duration.seconds(60)
    private let short = Duration.milliseconds(300)

    @Test("a free key is taken, and the node is listed as it described itself", arguments: Backend.allCases)
    func join(_ backend: Backend) async throws {
        try await backend.test { fixture in
            #expect(try await fixture.keeper.nodes().isEmpty)
            guard case .joined(let time) = try await fixture.keeper.join(node("w1"), session: "s1", ttl: long) else {
                Issue.record("not joined")
                return
            }
            let status = try #require(try await fixture.keeper.nodes().first)
            #expect(status.node == node("w1") && status.session == "s1")
            #expect(status.isAlive && !status.isDraining && !status.isExpired && status.takesWork)
            #expect(status.secondsLeft > 50 && status.secondsLeft <= 60)
            #expect(abs(status.joinedAt.timeIntervalSince(time)) < 10)
        }
    }

    @Test("joining again with the same session is harmless", arguments: Backend.allCases)
    func joinAgain(_ backend: Backend) async throws {
        try await backend.test { fixture in
            for _ in 0..<2 {
                guard case .joined = try await fixture.keeper.join(node("w1"), session: "s1", ttl: long) else {
                    Issue.record("not joined")
                    return
                }
            }
            #expect(try await fixture.keeper.nodes().count == 1)
        }
    }

    @Test("a live key is refused, and the holder is named", arguments: Backend.allCases)
    func taken(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.keeper.join(node("w1"), session: "s1", ttl: long)
            guard case .taken(let holder) = try await fixture.keeper.join(node("w1"), session: "s2", ttl: long) else {
                Issue.record("joined under a live key")
                return
            }
            #expect(holder.session == "s1" && holder.node.pid == 42)
            #expect(try await fixture.keeper.renew(key: "w1", session: "s1", ttl: long) != nil)
            #expect(try await fixture.keeper.renew(key: "w1", session: "s2", ttl: long) == nil)
        }
    }

    @Test("of many who join under one key at once, exactly one does", arguments: Backend.allCases)
    func race(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let outcomes = try await withThrowingTaskGroup(of: JoinOutcome.self) { group in
                for number in 0..<6 {
                    group.addTask { try await fixture.keeper.join(node("w1"), session: "s\(number)", ttl: .seconds(60)) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { if case .joined = $0 { true } else { false } } == 1)
        }
    }

    @Test("an expired key is free, and its old session is gone for ever", arguments: Backend.allCases)
    func expired(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.keeper.join(node("w1"), session: "s1", ttl: short)
            try await fixture.pass(short + .milliseconds(100))
            let status = try #require(try await fixture.keeper.nodes().first)
            #expect(status.isAlive && status.isExpired && !status.takesWork)
            guard case .joined = try await fixture.keeper.join(node("w1"), session: "s2", ttl: long) else {
                Issue.record("not joined")
                return
            }
            #expect(try await fixture.keeper.renew(key: "w1", session: "s1", ttl: long) == nil)
            #expect(try await fixture.keeper.declareDead(key: "w1", session: "s1") == false)
            #expect(try await fixture.keeper.nodes().map(\.session) == ["s2"])
        }
    }

    @Test("renewing extends the lease by the server's clock", arguments: Backend.allCases)
    func renew(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.keeper.join(node("w1"), session: "s1", ttl: short)
            #expect(try await fixture.keeper.renew(key: "w1", session: "s1", ttl: long) != nil)
            try await fixture.pass(short + .milliseconds(100))
            let status = try #require(try await fixture.keeper.nodes().first)
            #expect(!status.isExpired && status.secondsLeft > 50)
            #expect(try await fixture.keeper.renew(key: "w2", session: "s1", ttl: long) == nil)
        }
    }

    @Test("only a session whose lease has run out is declared dead, only once, and it never comes back", arguments: Backend.allCases)
    func declareDead(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.keeper.join(node("w0"), session: "s0", ttl: long)
            #expect(try await fixture.keeper.declareDead(key: "w0", session: "s0") == false)
            try await fixture.keeper.leave(key: "w0", session: "s0")
            _ = try await fixture.keeper.join(node("w1"), session: "s1", ttl: short)
            try await fixture.pass(short + .milliseconds(100))
            #expect(try await fixture.keeper.declareDead(key: "w1", session: "other") == false)
            #expect(try await fixture.keeper.declareDead(key: "w1", session: "s1"))
            #expect(try await fixture.keeper.declareDead(key: "w1", session: "s1") == false)
            #expect(try await fixture.keeper.renew(key: "w1", session: "s1", ttl: long) == nil)
            #expect(try await fixture.keeper.nodes().allSatisfy { !$0.isAlive })
        }
    }

    @Test("who leaves frees the key at once, and only its own", arguments: Backend.allCases)
    func leave(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.keeper.join(node("w1"), session: "s1", ttl: long)
            try await fixture.keeper.leave(key: "w1", session: "other")
            #expect(try await fixture.keeper.nodes().map(\.isAlive) == [true])
            try await fixture.keeper.leave(key: "w1", session: "s1")
            #expect(try await fixture.keeper.nodes().contains { $0.isAlive } == false)
            #expect(try await fixture.keeper.renew(key: "w1", session: "s1", ttl: long) == nil)
            guard case .joined = try await fixture.keeper.join(node("w1"), session: "s2", ttl: long) else {
                Issue.record("not joined")
                return
            }
        }
    }

    @Test("a draining session lives but takes no work; the next one under the key does", arguments: Backend.allCases)
    func drain(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.keeper.join(node("w1"), session: "s1", ttl: long)
            try await fixture.keeper.drain(key: "w1", session: "s1")
            let status = try #require(try await fixture.keeper.nodes().first)
            #expect(status.isAlive && status.isDraining && !status.takesWork)
            #expect(try await fixture.keeper.renew(key: "w1", session: "s1", ttl: long) != nil)
            try await fixture.keeper.leave(key: "w1", session: "s1")
            _ = try await fixture.keeper.join(node("w1"), session: "s2", ttl: long)
            #expect(try await fixture.keeper.nodes().map(\.takesWork) == [true])
        }
    }

    @Test("session ids and keys are data, never expressions of the database", arguments: Backend.allCases)
    func oddNames(_ backend: Backend) async throws {
        try await backend.test { fixture in
            guard case .joined = try await fixture.keeper.join(node("$w.1"), session: "$$NOW", ttl: long) else {
                Issue.record("not joined")
                return
            }
            #expect(try await fixture.keeper.nodes().map(\.session) == ["$$NOW"])
            #expect(try await fixture.keeper.renew(key: "$w.1", session: "$$NOW", ttl: long) != nil)
        }
    }

    @Test(
        "a join that arrives late neither brings its session back nor takes a place that others have had since", arguments: Backend.allCases
    )
    func lateJoin(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let keeper = fixture.keeper
            _ = try await keeper.join(node("w1"), session: "s1", replacing: nil, ttl: long)
            try await keeper.leave(key: "w1", session: "s1")
            let again = try await keeper.join(node("w1"), session: "s1", replacing: nil, ttl: long)
            #expect(again == .ended)
            _ = try await keeper.join(node("w1"), session: "s2", replacing: "s1", ttl: long)
            try await keeper.leave(key: "w1", session: "s2")
            for session in ["s1", "s3"] {
                guard case .taken(let holder) = try await keeper.join(node("w1"), session: session, replacing: nil, ttl: long) else {
                    Issue.record("a join of \(session) that knows nothing of s2 took the place")
                    continue
                }
                #expect(holder.session == "s2" && !holder.isAlive)
            }
            #expect(try await keeper.nodes().map(\.isAlive) == [false])
        }
    }

    @Test("whoever drains a node is heard at the next renewal, and can take it back", arguments: Backend.allCases)
    func drainIsHeard(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let keeper = fixture.keeper
            _ = try await keeper.join(node("w1"), session: "s1", ttl: long)
            #expect(try await keeper.renew(key: "w1", session: "s1", ttl: long)?.isDraining == false)
            #expect(try await keeper.drain(key: "w1", session: "s1"))
            #expect(try await keeper.renew(key: "w1", session: "s1", ttl: long)?.isDraining == true)
            #expect(try await keeper.resume(key: "w1", session: "s1"))
            #expect(try await keeper.renew(key: "w1", session: "s1", ttl: long)?.isDraining == false)
            #expect(try await !keeper.drain(key: "w1", session: "s0"), "another session is not drained")
        }
    }
}

extension Keeper {
    /// Joins as a node does: whoever had the place last and is gone is named in a second try.
    fileprivate func join(_ node: NodeDescription, session: String, ttl: Duration) async throws -> JoinOutcome {
        let first = try await join(node, session: session, replacing: nil, ttl: ttl)
        guard case .taken(let holder) = first, !holder.isAlive || holder.isExpired else { return first }
        return try await join(node, session: session, replacing: holder.session, ttl: ttl)
    }
}
