import Engine
import GRDB
import Testing
import Workflow

@testable import SQLiteBackend

@Suite("SQLite: the keeper")
struct KeeperTests {
    @Test("what has been gone for long is removed when somebody joins, and what may still count is not")
    func rubbish() async throws {
        try await withFolder { folder in
            let clock = BootClock()
            let file = try await SQLiteFile.open(SQLiteLocation(path: folder + "/flow.db"), sinceBoot: clock.sinceBoot)
            let keeper = file.keeper()
            let owner = LockOwner(id: "o", name: "o", place: "p")
            _ = try await keeper.join(node("old"), session: "s", replacing: nil, ttl: .seconds(10))
            _ = try await keeper.acquireLock("k", owner: owner, ttl: .seconds(10))
            clock.advance(by: Rubbish.nodesAfter)
            _ = try await keeper.join(node("w"), session: "s", replacing: nil, ttl: .seconds(10))
            #expect(try await keeper.nodes().map(\.node.key) == ["old", "w"])
            clock.advance(by: .seconds(11))
            _ = try await keeper.join(node("w"), session: "s2", replacing: "s", ttl: .seconds(10))
            #expect(try await keeper.nodes().map(\.node.key) == ["w"])
            clock.advance(by: LockRules.rubbishAfter)
            _ = try await keeper.join(node("w"), session: "s3", replacing: "s2", ttl: .seconds(10))
            #expect(try await keeper.nodes().map(\.session) == ["s3"])
            #expect(try await file.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM mutex") } == 0)
            try file.close()
        }
    }

    #if os(Linux)
    @Test("who left and is gone is shown for ten minutes; who died, or may still come back, for longer; settled commands for thirty days")
    func left() async throws {
        try await withFolder { folder in
            let clock = BootClock()
            let file = try await SQLiteFile.open(SQLiteLocation(path: folder + "/flow.db"), sinceBoot: clock.sinceBoot)
            let keeper = file.keeper()
            for key in ["left", "lives", "died"] {
                _ = try await keeper.join(node(key), session: key, replacing: nil, ttl: .seconds(10))
                if key != "died" { _ = try await keeper.drain(key: key, session: key) }
                try await keeper.leave(key: key, session: key)
            }
            // No process has this id: it is above what the kernel gives.
            let gone = try #require(ProcessMark.own.map { ProcessMark(namespace: $0.namespace, pid: .max, start: "1").text })
            try await file.write { db in
                _ = try db.change("UPDATE heartbeat SET process = ? WHERE key <> 'lives'", [gone])
                for (id, isOpen) in [("settled", false), ("open", true)] {
                    _ = try db.change(
                        "INSERT INTO message (id, run, is_open, at, document) VALUES (?, 'r', ?, ?, x'00')",
                        [id, isOpen, file.clock.now.milliseconds])
                }
            }
            clock.advance(by: Rubbish.leftAfter)
            _ = try await keeper.join(node("w"), session: "1", replacing: nil, ttl: .seconds(10))
            #expect(try await keeper.nodes().map(\.node.key) == ["died", "left", "lives", "w"])
            clock.advance(by: .seconds(11))
            _ = try await keeper.join(node("w"), session: "2", replacing: "1", ttl: .seconds(10))
            #expect(try await keeper.nodes().map(\.node.key) == ["died", "lives", "w"])
            clock.advance(by: Rubbish.commandsAfter)
            _ = try await keeper.join(node("w"), session: "3", replacing: "2", ttl: .seconds(10))
            #expect(try await file.read { try String.fetchAll($0, sql: "SELECT id FROM message") } == ["open"])
            try file.close()
        }
    }
    #endif

    @Test("a node whose description another release wrote is still seen to live, and is given nothing")
    func unreadable() async throws {
        try await withFile { file in
            let keeper = file.keeper()
            _ = try await keeper.join(node("w"), session: "s", replacing: nil, ttl: .seconds(60))
            try await file.write { try $0.execute(sql: "UPDATE heartbeat SET node = x'00'") }
            let status = try #require(try await keeper.nodes().first)
            #expect(status.isAlive && !status.isExpired && status.node.key == "w" && status.node.capacity == 0)
            #expect(try await keeper.renew(key: "w", session: "s", ttl: .seconds(60)) != nil)
        }
    }

    @Test("a lock whose row does not decode is left out of the list, and asking for it says which it is")
    func unreadableLock() async throws {
        try await withFile { file in
            let keeper = file.keeper()
            for key in ["bad", "good"] {
                _ = try await keeper.acquireLock(key, owner: LockOwner(id: "o", name: "o", place: "p"), ttl: .seconds(60))
            }
            try await file.write { try $0.execute(sql: "UPDATE mutex SET owner = x'00' WHERE key = 'bad'") }
            #expect(try await keeper.locks().map(\.key) == ["good"])
            let error = await storeError { _ = try await keeper.releaseLock("bad", owner: "o", token: nil) }
            #expect(error?.kind == .malformed && error?.message.contains("'bad'") == true)
        }
    }

    @Test("two that have one file open see each other's sessions and leases, and one leader")
    func two() async throws {
        try await withFile { file in
            let other = try await SQLiteFile.open(file.location)
            let (first, second) = (file.keeper(), other.keeper())
            _ = try await first.join(node("w"), session: "s", replacing: nil, ttl: .seconds(60))
            guard case .taken(let holder) = try await second.join(node("w"), session: "t", replacing: nil, ttl: .seconds(60)) else {
                Issue.record("two have the place")
                return
            }
            #expect(holder.session == "s")
            #expect(try await first.campaign(key: "w", session: "s", ttl: .seconds(60)).session == "s")
            #expect(try await second.campaign(key: "x", session: "t", ttl: .seconds(60)).session == "s")
            try other.close()
        }
    }
}
