import Engine
import Foundation
import GRDB
import TestSupport
import Testing

@testable import SQLiteBackend

@Suite("SQLite: the queue of writes", .timeLimit(.minutes(2)))
struct WriteQueueTests {
    @Test("what is written at the same time shares transactions, and one that fails leaves the others")
    func together() async throws {
        try await withFile { file in
            try await file.makeTable()
            let before = file.commitCount
            let failures = await file.holding(until: 100) { group in
                // Each tenth takes the id of another.
                for id in 0..<100 { group.addTask { await storeError { try await file.insert(id % 10 == 9 ? 1_000 : id) } } }
            }
            #expect(failures.count == 9)
            #expect(try await file.ids() == (0..<100).filter { $0 % 10 != 9 } + [1_000])
            // One for whoever held the file, and two for all the others.
            #expect(file.commitCount - before <= 4)
        }
    }

    @Test("a write that does not fit into a full file fails alone: those that shared its transaction are done")
    func culprit() async throws {
        try await withFile { file in
            try await file.makeTable()
            try await file.limit(toFreePages: 40)
            let failures = await file.holding(until: 21) { group in
                for id in 0..<20 { group.addTask { await storeError { try await file.insert(id) } } }
                group.addTask { await storeError { try await file.insert(99, bytes: 4 << 20) } }
            }
            #expect(failures.count == 1 && failures.first?.message.contains("full") == true)
            #expect(try await file.ids() == Array(0..<20))
        }
    }

    @Test("a full file refuses what does not fit, keeps what was acknowledged, and takes writes again when there is room")
    func full() async throws {
        try await withFile { file in
            let keeper = file.keeper()
            _ = try await keeper.join(node("w"), session: "s", replacing: nil, ttl: .seconds(60))
            try await file.makeTable()
            try await file.limit(toFreePages: 30)
            var acknowledged = 0
            let error = await storeError { while true { try await file.insert(acknowledged, bytes: 3_000); acknowledged += 1 } }
            #expect(error?.kind == .unavailable && error?.outcome == .notApplied && error?.message.contains("full") == true)
            #expect(error?.message.contains(file.location.path ?? "?") == true)
            #expect(acknowledged > 10)
            #expect(try await keeper.renew(key: "w", session: "s", ttl: .seconds(60)) != nil, "what needs no room is written still")
            try await file.write { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
            try await file.insert(acknowledged, bytes: 3_000)
            #expect(try await file.ids() == Array(0...acknowledged))
            #expect(try await file.integrity() == "ok")
        }
    }

    @Test("a write that throws leaves nothing, alone or in company")
    func throwing() async throws {
        struct Wrong: Error {}
        try await withFile { file in
            try await file.makeTable()
            let attempt: @Sendable () async -> StoreError? = {
                await storeError {
                    try await file.write { db in
                        try db.execute(sql: "INSERT INTO t VALUES (1, NULL)")
                        throw Wrong()
                    }
                }
            }
            #expect(await attempt()?.outcome == .notApplied)
            let failures = await file.holding(until: 2) { group in
                group.addTask { await attempt() }
                group.addTask { await storeError { try await file.insert(2) } }
            }
            #expect(failures.map(\.outcome) == [.notApplied])
            #expect(try await file.ids() == [2])
        }
    }

    @Test("no more than a bounded number waits, and what extends a lease is let in all the same")
    func bound() async throws {
        try await withFile { file in
            let failures = Watched(0)
            let refused = await file.holding(until: { failures.value == 100 && file.waitingCount == 10_001 }) { group in
                for _ in 0..<10_100 {
                    group.addTask {
                        let error = await storeError { try await file.write { _ in } }
                        if error != nil { failures.change { $0 += 1 } }
                        return error
                    }
                }
                group.addTask { await storeError { try await file.write(isVital: true) { _ in } } }
            }
            #expect(refused.count == 100)
            #expect(refused.allSatisfy { $0.kind == .unavailable && $0.message.contains("10000 writes wait") })
        }
    }

    @Test("a process that writes without end does not keep another from extending its lease")
    func fairness() async throws {
        try await withFile { file in
            try await file.makeTable()
            let other = try await SQLiteFile.open(file.location)
            let keeper = other.keeper()
            _ = try await keeper.join(node("w"), session: "s", replacing: nil, ttl: .seconds(60))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    var id = 0
                    while !Task.isCancelled {
                        try await file.insert(id, bytes: 20_000)
                        id += 1
                    }
                }
                defer { group.cancelAll() }
                var longest = Duration.zero
                for _ in 0..<20 {
                    let start = ContinuousClock.now
                    let renewal = try await keeper.renew(key: "w", session: "s", ttl: .seconds(60))
                    #expect(renewal != nil)
                    longest = max(longest, ContinuousClock.now - start)
                }
                // A lease is extended each third of it, and the shortest is a second.
                #expect(longest < .seconds(2), "the longest took \(longest)")
                print("fairness: the longest renewal took \(longest), \(file.commitCount) commits beside")
            }
            try other.close()
        }
    }

    @Test("a file that is deleted or replaced while it is in use takes no more writes, and says so", arguments: [true, false])
    func gone(_ isReplaced: Bool) async throws {
        try await withFile { file in
            let keeper = file.keeper()
            _ = try await keeper.join(node("w"), session: "s", replacing: nil, ttl: .seconds(60))
            let path = try #require(file.location.path)
            try FileManager.default.removeItem(atPath: path)
            if isReplaced { try Data("another".utf8).write(to: URL(fileURLWithPath: path)) }
            for error in [
                await storeError { _ = try await keeper.renew(key: "w", session: "s", ttl: .seconds(60)) },
                await storeError { _ = try await keeper.campaign(key: "w", session: "s", ttl: .seconds(60)) },
                await storeError { try await file.write { try $0.execute(sql: "INSERT INTO pool VALUES ('p', 1)") } },
            ] {
                #expect(error?.kind == .unavailable && error?.message.contains("'\(path)'") == true)
                #expect(error?.message.contains(isReplaced ? "replaced" : "deleted") == true)
            }
        }
    }

    @Test("a store in memory is written and read at the same time")
    func inMemory() async throws {
        let file = try await SQLiteFile.open(SQLiteLocation(path: nil))
        try await file.makeTable()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in 0..<50 {
                group.addTask { try await file.insert(id) }
                group.addTask { _ = try await file.ids() }
            }
            try await group.waitForAll()
        }
        #expect(try await file.ids().count == 50)
    }
}

@Suite("SQLite: making room for other processes")
struct CourtesyTests {
    private let start = ContinuousClock.now

    @Test("who writes without end makes a pause after a stretch, and none where there are gaps")
    func pauses() {
        var courtesy = Courtesy()
        var pauses = 0
        // A transaction each millisecond, one right after the other.
        for step in 0..<300 {
            if courtesy.pause(at: start + .milliseconds(step)) > .zero { pauses += 1 }
            courtesy.ended(at: start + .milliseconds(step + 1))
        }
        #expect(pauses == 2)
        var rare = Courtesy()
        for step in 0..<300 {
            #expect(rare.pause(at: start + .milliseconds(step * 10)) == .zero)
            rare.ended(at: start + .milliseconds(step * 10 + 1))
        }
    }

    @Test("who waits for the file sleeps shorter than the pauses are, and gives up after about ten seconds")
    func looks() {
        for chance in [0, 0.5, 0.999] {
            var total = Duration.zero
            var looks = 0
            while let pause = Pause.untilNextLook(after: looks, chance: chance) {
                #expect(pause < Courtesy.pause)
                total += pause
                looks += 1
            }
            #expect(total > .seconds(4) && total < .seconds(16))
        }
    }
}

extension SQLiteFile {
    fileprivate func limit(toFreePages pages: Int) async throws {
        try await write { db in
            let count = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(count + pages)")
        }
    }
}
