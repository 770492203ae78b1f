import Engine
import Foundation
import GRDB
import Testing
import Workflow

@testable import SQLiteBackend

@Suite("SQLite: which host and boot a file belongs to")
struct HostClaimTests {
    private static let desk = HostFacts(id: "desk-id", name: "desk", boot: "b1")
    private static let desk2 = HostFacts(id: "desk-id", name: "desk", boot: "b2")
    private static let laptop = HostFacts(id: "laptop-id", name: "laptop", boot: "b3")
    private static let anchor = Date(timeIntervalSince1970: 1_600_000_000)

    @Test(
        "one boot shares its anchor; another boot of the host takes the file; another host only where nobody is left, or when told to",
        arguments: [
            (desk, true, false, HostClaim.Decision.keep(anchor: anchor)),
            (HostFacts(id: "container", name: "c", boot: "b1"), true, false, .keep(anchor: anchor)),
            (desk2, true, false, .take), (laptop, true, false, .refuse), (laptop, false, false, .take), (laptop, true, true, .take),
        ])
    func decisions(_ host: HostFacts, _ isInUse: Bool, _ takingOver: Bool, _ expected: HostClaim.Decision) {
        let claim = HostClaim(host: host, now: Date(timeIntervalSince1970: 1_700_000_000), sinceBoot: .seconds(100))
        let holder = HostClaim.Holder(host: Self.desk, anchor: Self.anchor)
        #expect(claim.decide(holder: holder, isInUse: isInUse, takingOver: takingOver) == expected)
        #expect(claim.decide(holder: nil, isInUse: false, takingOver: false) == .take)
        #expect(claim.bootedAt == Date(timeIntervalSince1970: 1_699_999_900))
    }

    @Test("processes of one boot have one clock, whatever the wall clock said when each of them began")
    func oneClock() async throws {
        try await withFolder { folder in
            let (location, clock) = (SQLiteLocation(path: folder + "/flow.db"), BootClock())
            let first = try await SQLiteFile.open(location, host: Self.desk, sinceBoot: clock.sinceBoot)
            clock.advance(by: .seconds(5_000))
            let second = try await SQLiteFile.open(location, host: Self.desk, sinceBoot: clock.sinceBoot)
            #expect(first.clock.anchor == second.clock.anchor && first.clock.milliseconds == second.clock.milliseconds)
            _ = try await first.keeper().join(node("w"), session: "s", replacing: nil, ttl: .seconds(60))
            #expect(try await second.keeper().nodes().first?.isExpired == false)
            clock.advance(by: .seconds(61))
            #expect(try await second.keeper().nodes().first?.isExpired == true)
            try first.close()
            try second.close()
        }
    }

    @Test("after the next boot every lease is over at once, and tokens of locks still grow")
    func boot() async throws {
        try await withFolder { folder in
            let location = SQLiteLocation(path: folder + "/flow.db")
            let owner = LockOwner(id: "o", name: "o", place: "p")
            let before = try await SQLiteFile.open(location, host: Self.desk, sinceBoot: BootClock(.seconds(1_000_000)).sinceBoot)
            _ = try await before.keeper().join(node("w"), session: "s", replacing: nil, ttl: .seconds(86_400))
            _ = try await before.keeper().campaign(key: "w", session: "s", ttl: .seconds(86_400))
            guard case .acquired(let token) = try await before.keeper().acquireLock("k", owner: owner, ttl: .seconds(86_400)) else {
                Issue.record("no lock")
                return
            }
            try before.close()
            let after = try await SQLiteFile.open(location, host: Self.desk2, sinceBoot: BootClock(.seconds(10)).sinceBoot)
            let keeper = after.keeper()
            let status = try #require(try await keeper.nodes().first)
            #expect(status.isAlive && status.isExpired)
            #expect(try await keeper.declareDead(key: "w", session: "s"))
            #expect(try await keeper.leader() == nil)
            #expect(try await keeper.campaign(key: "w", session: "s2", ttl: .seconds(60)).term == 2)
            #expect(try await !keeper.renewLock("k", owner: "o", token: token, ttl: .seconds(60)))
            guard case .acquired(let next) = try await keeper.acquireLock("k", owner: owner, ttl: .seconds(60)) else {
                Issue.record("no lock")
                return
            }
            #expect(next > token)
            try after.close()
        }
    }

    @Test("another host is refused while nodes are alive by name, and told whose file it is, which nodes, and what to do")
    func otherHost() async throws {
        try await withFolder { folder in
            var location = SQLiteLocation(path: folder + "/flow.db")
            let first = try await SQLiteFile.open(location, host: Self.desk)
            _ = try await first.keeper().join(node("worker-1"), session: "s", replacing: nil, ttl: .seconds(1))
            let error = await storeError { [location] in _ = try await SQLiteFile.open(location, host: Self.laptop) }
            #expect(error?.kind == .misconfigured)
            for part in ["desk", "worker-1", "commander export", "takeover=true", folder] {
                #expect(error?.message.contains(part) == true, "\(error?.message ?? "") lacks \(part)")
            }
            location.takesOver = true
            let taken = try await SQLiteFile.open(location, host: Self.laptop)
            #expect(try await taken.keeper().nodes().first?.isExpired == true)
            try taken.close()
            try first.close()
        }
    }

    @Test("a file whose nodes have all left goes to another host")
    func left() async throws {
        try await withFolder { folder in
            let location = SQLiteLocation(path: folder + "/flow.db")
            let first = try await SQLiteFile.open(location, host: Self.desk)
            _ = try await first.keeper().join(node("w"), session: "s", replacing: nil, ttl: .seconds(60))
            try await first.keeper().leave(key: "w", session: "s")
            try first.close()
            let second = try await SQLiteFile.open(location, host: Self.laptop)
            let host = try await second.read { try String.fetchOne($0, sql: "SELECT value FROM meta WHERE key = 'host_name'") }
            #expect(host == "laptop")
            try second.close()
        }
    }

    @Test("this host has an id and a boot, the same for each process")
    func system() {
        let facts = HostFacts.system()
        #expect(!facts.id.isEmpty && !facts.boot.isEmpty && facts == .system())
    }
}
