import Engine
import Testing

@Suite("Keeper: the leader's lease")
struct LeaseConformanceTests {
    private let long = Duration.seconds(60)
    private let short = Duration.milliseconds(300)

    @Test("a free lease is taken with term 1, and its holder keeps the term when it extends it", arguments: Backend.allCases)
    func campaign(_ backend: Backend) async throws {
        try await backend.test { fixture in
            #expect(try await fixture.keeper.leader() == nil)
            for _ in 0..<2 {
                let leadership = try await fixture.keeper.campaign(key: "w1", session: "s1", ttl: long)
                #expect(leadership.key == "w1" && leadership.session == "s1" && leadership.term == 1)
                #expect(leadership.secondsLeft > 50 && leadership.secondsLeft <= 60)
            }
            let leader = try #require(try await fixture.keeper.leader())
            #expect(leader.session == "s1" && leader.term == 1)
        }
    }

    @Test("who campaigns against a holder is told who it is, and changes nothing", arguments: Backend.allCases)
    func held(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.keeper.campaign(key: "w1", session: "s1", ttl: long)
            let leadership = try await fixture.keeper.campaign(key: "w2", session: "s2", ttl: .seconds(600))
            #expect(leadership.key == "w1" && leadership.session == "s1" && leadership.term == 1)
            #expect(leadership.secondsLeft <= 60)
        }
    }

    @Test("of many who campaign at once, all agree on one", arguments: Backend.allCases)
    func race(_ backend: Backend) async throws {
        try await backend.test { fixture in
            let answers = try await withThrowingTaskGroup(of: Leadership.self) { group in
                for number in 0..<6 {
                    group.addTask { try await fixture.keeper.campaign(key: "w\(number)", session: "s\(number)", ttl: .seconds(60)) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(answers.map(\.session)).count == 1)
            #expect(Set(answers.map(\.term)) == [1])
        }
    }

    @Test("an expired lease goes to whoever asks, with the next term; its old holder cannot extend it", arguments: Backend.allCases)
    func expiry(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.keeper.campaign(key: "w1", session: "s1", ttl: short)
            try await fixture.pass(short + .milliseconds(100))
            #expect(try await fixture.keeper.leader() == nil)
            #expect(try await fixture.keeper.campaign(key: "w2", session: "s2", ttl: long).term == 2)
            let late = try await fixture.keeper.campaign(key: "w1", session: "s1", ttl: long)
            #expect(late.session == "s2" && late.term == 2)
        }
    }

    @Test("resigning frees the lease at once, but only for the session and term that hold it", arguments: Backend.allCases)
    func resign(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.keeper.campaign(key: "w1", session: "s1", ttl: long)
            try await fixture.keeper.resign(session: "s2", term: 1)
            try await fixture.keeper.resign(session: "s1", term: 2)
            #expect(try await fixture.keeper.leader()?.session == "s1")
            try await fixture.keeper.resign(session: "s1", term: 1)
            #expect(try await fixture.keeper.leader() == nil)
            let next = try await fixture.keeper.campaign(key: "w2", session: "s2", ttl: long)
            #expect(next.session == "s2" && next.term == 2)
        }
    }

    @Test("a late resignation of an earlier term does not hurt the next holder", arguments: Backend.allCases)
    func lateResign(_ backend: Backend) async throws {
        try await backend.test { fixture in
            _ = try await fixture.keeper.campaign(key: "w1", session: "s1", ttl: long)
            try await fixture.keeper.resign(session: "s1", term: 1)
            _ = try await fixture.keeper.campaign(key: "w2", session: "s2", ttl: long)
            try await fixture.keeper.resign(session: "s1", term: 1)
            #expect(try await fixture.keeper.leader()?.session == "s2")
        }
    }
}
