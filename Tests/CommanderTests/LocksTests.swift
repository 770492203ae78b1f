import ArgumentParser
import Testing
import Workflow

@testable import Console
@testable import commander

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Locks on the command line")
struct LocksTests {
    private var locks: [LockStatus] {
        let trace = ForcedRelease(
            at: Samples.now - 60, by: "ada", host: "desk", reason: "it hung", holder: "the export", token: 1_357_016_300_000)
        return [
            LockStatus(
                key: "ledger", token: 1_357_016_390_000,
                owner: LockOwner(id: "o1", name: "run 01jk, task a, attempt 2.1", place: "node w1, session s1"),
                since: Samples.now - 10, secondsLeft: 12.5, isWanted: true),
            LockStatus(key: "report", token: 1_357_016_300_000, owner: nil, since: nil, secondsLeft: 0, isWanted: false, forced: [trace]),
        ]
    }

    @Test("held locks are listed with holder, token and time left, and forced releases with who, when, from where and why")
    func text() {
        let text = LocksReport(locks).text(Samples.plain)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0].hasPrefix("KEY     HOLDER"))
        #expect(lines[1].hasPrefix("ledger  run 01jk, task a, attempt 2.1  node w1, session s1  1357016390000"))
        #expect(lines[1].contains("12.5 s  wanted"))
        #expect(lines[3] == "taken away by command:")
        #expect(lines[5].hasPrefix("report  2013-01-01T04:59:00.250Z  ada  desk  the export  1357016300000  it hung"))
        #expect(LocksReport(locks).text(Samples.window(80)).split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(LocksReport([]).text(Samples.plain) == "no lock is held\n")
    }

    @Test("the JSON has every lock with its traces")
    func json() throws {
        let document = try JSONDecoder().decode(Value.self, from: Data(JSONOutput.document(LocksReport(locks)).utf8))
        let entries = try #require(document.objectValue?["locks"]?.arrayValue)
        #expect(entries.count == 2)
        #expect(entries[0].objectValue?["holder"] == "run 01jk, task a, attempt 2.1")
        #expect(entries[0].objectValue?["token"] == 1_357_016_390_000)
        #expect(entries[0].objectValue?["isWanted"] == true)
        #expect(entries[1].objectValue?["forcedReleases"]?.arrayValue?.first?.objectValue?["by"] == "ada")
        #expect(entries[1].objectValue?["forcedReleases"]?.arrayValue?.first?.objectValue?["at"] == "2013-01-01T04:59:00.250Z")
    }

    @Test("locks lists, and locks release takes a key, a reason and --yes")
    func parsing() async throws {
        #expect(try await CommanderCommand.asyncParseAsRoot(["locks"]) is LocksListCommand)
        #expect(try await CommanderCommand.asyncParseAsRoot(["locks", "--json"]) is LocksListCommand)
        let release = try #require(
            try await CommanderCommand.asyncParseAsRoot(["locks", "release", "ledger", "--reason", "it hung", "--yes"])
                as? LocksReleaseCommand)
        #expect(release.key == "ledger" && release.reason == "it hung" && release.yes)
        await #expect(throws: (any Error).self) { try await CommanderCommand.asyncParseAsRoot(["locks", "release"]) }
    }

    @Test("without a terminal a release must be confirmed with --yes, before any database is asked")
    func needsYes() async {
        let errors = Collected()
        #expect(await Main.run(["locks", "release", "k", "--json"], errors: errors.output) == .usage)
        #expect(errors.content.contains("give --yes"))
    }

    @Test("on a terminal only yes goes on", arguments: [("y", true), ("YES", true), ("", false), ("n", false), (nil, false)])
    func confirmation(answer: String?, goesOn: Bool) throws {
        let shown = Collected()
        let terminal = Terminal(
            program: "commander", output: shown.output, errors: shown.output, isTerminal: true, environment: [:])
        let confirmation = Confirmation(isGiven: false, canAsk: true) { answer }
        try confirmation.checkPossible("release a lock")
        let question = LocksReleaseCommand.question(locks[0])
        if goesOn {
            try confirmation.confirm(question, terminal)
        } else {
            #expect(throws: Failure.self) { try confirmation.confirm(question, terminal) }
        }
        #expect(shown.content.hasPrefix("take the lock 'ledger' from run 01jk, task a, attempt 2.1 (node w1, session s1)?"))
    }

    @Test("a release says from whom the lock was taken")
    func release() {
        let text = LockReleaseReport(locks[0], reason: "it hung").text(Samples.plain)
        #expect(text == "'ledger' was taken from run 01jk, task a, attempt 2.1 (node w1, session s1), token 1357016390000\n")
    }
}
