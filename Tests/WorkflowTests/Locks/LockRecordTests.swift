import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Records of locks")
struct LockRecordTests {
    private let start = Date(timeIntervalSince1970: 1_700_000_000)
    private let ttl = Duration.seconds(10)

    private func owner(_ id: String) -> LockOwner { LockOwner(id: id, name: "name of \(id)", place: "here") }

    private func held(by id: String = "a") -> LockRecord {
        var record = LockRecord(key: "k")
        #expect(record.acquire(owner(id), ttl: ttl, now: start) == true)
        return record
    }

    @Test("a new lock is free, and goes to whoever asks, with the server's time as its token")
    func first() {
        #expect(!LockRecord(key: "k").isHeld(at: start))
        let record = held()
        #expect(record.token == 1_700_000_000_000)
        #expect(record.isHeld(at: start + 9.999) && !record.isHeld(at: start + 10))
    }

    @Test("who asks again keeps the token and gets more time; it counts once")
    func again() {
        var record = held()
        #expect(record.acquire(owner("a"), ttl: ttl, now: start + 5) == true)
        #expect(record.token == held().token && record.expiresAt == start + 15 && record.since == start)
        #expect(record.release(owner: "a", token: record.token, now: start + 6) == true)
        #expect(!record.isHeld(at: start + 6))
    }

    @Test("who asks in vain changes nothing but leaves a mark, which fades")
    func inVain() {
        var record = held()
        let before = record
        #expect(record.acquire(owner("b"), ttl: ttl, now: start + 1) == false)
        #expect(record.owner == before.owner && record.expiresAt == before.expiresAt && record.token == before.token)
        #expect(!before.isWanted(at: start + 1) && record.isWanted(at: start + 1) && !record.isWanted(at: start + 7))
    }

    @Test("the token grows after a release, an expiry, a forced release, and with a server's clock that went back")
    func token() {
        var record = held()
        var tokens = [record.token]
        func next(_ id: String, at seconds: Double) {
            #expect(record.acquire(owner(id), ttl: ttl, now: start + seconds) == true)
            tokens.append(record.token)
        }
        #expect(record.release(owner: "a", token: record.token, now: start) == true)
        next("b", at: 0)
        next("c", at: 10)
        let author = ForcedRelease.Author(name: "me", host: "h", reason: "r")
        #expect(record.forceRelease(token: record.token, by: author, now: start + 11) == true)
        next("d", at: -3_600)
        #expect(record.release(owner: "d", token: nil, now: start - 3_600) == true)
        next("d", at: -3_600)
        #expect(zip(tokens, tokens.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test("the token grows although the record was removed as rubbish")
    func rubbish() {
        var old = LockRecord(key: "k")
        // A thousand holders in one second, then nobody for as long as records are kept.
        for number in 0..<1_000 {
            #expect(old.acquire(owner("\(number)"), ttl: ttl, now: start) == true)
            #expect(old.release(owner: "\(number)", token: old.token, now: start) == true)
        }
        var new = LockRecord(key: "k")
        #expect(new.acquire(owner("z"), ttl: ttl, now: start + Double(LockRules.rubbishAfter.components.seconds)) == true)
        #expect(new.token > old.token)
    }

    @Test("only the holder with its token extends, and never after its time")
    func renew() {
        var record = held()
        let token = record.token
        #expect(record.renew(owner: "b", token: token, ttl: ttl, now: start + 1) == false)
        #expect(record.renew(owner: "a", token: token - 1, ttl: ttl, now: start + 1) == false)
        #expect(record.renew(owner: "a", token: token, ttl: ttl, now: start + 9) == true)
        #expect(record.expiresAt == start + 19)
        #expect(record.renew(owner: "a", token: token, ttl: ttl, now: start + 19) == false)
    }

    @Test("only the owner gives back, and an old holder's return leaves the new holder alone")
    func release() {
        var record = held()
        let old = record.token
        #expect(record.release(owner: "b", token: old, now: start + 1) == false)
        #expect(record.release(owner: "a", token: old - 1, now: start + 1) == false)
        #expect(record.acquire(owner("b"), ttl: ttl, now: start + 10) == true)
        let before = record
        #expect(record.release(owner: "a", token: old, now: start + 11) == false)
        #expect(record.release(owner: "a", token: nil, now: start + 11) == false)
        #expect(record == before)
    }

    @Test("a forced release takes the lock only from the holder that was meant, and keeps the last ten traces")
    func forced() throws {
        var record = LockRecord(key: "k")
        for number in 0..<12 {
            #expect(record.acquire(owner("o\(number)"), ttl: ttl, now: start + Double(number)) == true)
            let author = ForcedRelease.Author(name: "me", host: "h", reason: "\(number)")
            #expect(record.forceRelease(token: record.token - 1, by: author, now: start + Double(number)) == false)
            #expect(record.forceRelease(token: record.token, by: author, now: start + Double(number)) == true)
            #expect(record.forceRelease(token: record.token, by: author, now: start + Double(number)) == false)
        }
        #expect(record.forced.map(\.reason) == (2..<12).map(String.init))
        let last = try #require(record.forced.last)
        #expect(last.holder == "name of o11" && last.by == "me" && last.host == "h" && last.at == start + 11)
        #expect(last.token == record.token)
    }

    @Test("pauses between looks stay between a glance and two seconds, and end with the holder's time")
    func pauses() {
        for chance in [0, 0.5, 1] {
            #expect(LockRules.pause(secondsLeft: 60, chance: chance) == .seconds(1) + .seconds(1) * chance)
            #expect(LockRules.pause(secondsLeft: -5, chance: chance) >= .milliseconds(20))
            #expect(LockRules.pause(secondsLeft: 0.5, chance: chance) > .milliseconds(500))
            #expect(LockRules.pause(secondsLeft: 0.5, chance: chance) <= .milliseconds(600))
            #expect(LockRules.retryDelay(failures: 1, chance: chance) >= .milliseconds(25))
            #expect(LockRules.retryDelay(failures: 1_000, chance: chance) <= .seconds(2))
        }
    }

    @Test("keys and times that make no sense are refused in words")
    func problems() {
        #expect(LockRules.problem(key: "k", ttl: .seconds(1)) == nil)
        for key in ["", "a\nb", String(repeating: "x", count: 201)] {
            #expect(LockRules.problem(key: key, ttl: .seconds(1))?.contains("key") == true)
        }
        for ttl in [Duration.milliseconds(299), .seconds(86_401)] {
            #expect(LockRules.problem(key: "k", ttl: ttl)?.contains("ttl") == true)
        }
    }
}
