import ArgumentParser
import Engine
import Testing
import Workflow

@testable import Console
@testable import commander

@Suite("Exit codes")
struct ExitStatusTests {
    @Test("the numbers that scripts rely on stay what they are")
    func numbers() {
        #expect(Console.ExitStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 70, 130, 141])
    }

    @Test("every code is explained in the help")
    func help() {
        let help = CommanderCommand.helpMessage(columns: 200)
        for status in Console.ExitStatus.allCases { #expect(help.contains(status.meaning)) }
    }

    @Test("what a cluster refuses has its own code")
    func commands() {
        #expect(Failure(CommandError(.notFound, "x")).status == .notFound)
        #expect(Failure(CommandError(.invalid, "x")).status == .usage)
        #expect(Failure(CommandError(.refused, "x")).status == .refused)
    }

    @Test("what a store cannot do has its own code; where nobody knows whether it was done that is said")
    func stores() {
        let expected: [(StoreError.Kind, Console.ExitStatus)] = [
            (.unavailable, .unreachable), (.unauthorized, .unauthorized), (.misconfigured, .usage), (.malformed, .unreadable),
            (.refused, .refused),
        ]
        #expect(Set(expected.map(\.0)) == Set(StoreError.Kind.allCases))
        for (kind, status) in expected { #expect(Failure(StoreError(kind, "x")).status == status) }
        let unknown = Failure(StoreError(.unavailable, "no server at db:27017", outcome: .unknown))
        #expect(unknown.text(from: "commander").hasPrefix("commander: no server at db:27017; whether it was done is not known"))
    }

    @Test("an error of no known kind says so and is not taken for a failed run")
    func unexpected() {
        struct Odd: Error {}
        #expect(Failure(Odd()).status == .unexpected)
    }

    @Test(
        "mistakes in the arguments end with 2 and say how to call it",
        arguments: [
            ["lst"], ["list", "--limit", "0"], ["list", "--limit", "1001"], ["list", "--status", "done"], ["show"], ["run"],
            ["run", "x", "--var", "novalue"], ["run", "x", "--var", "=v"], ["run", "x", "--wait", "--watch"], ["trace", "a", "b", "c"],
            ["dag", "validate"], ["list", "--frobnicate"],
        ])
    func usage(arguments: [String]) async {
        let errors = Collected()
        #expect(await Main.run(arguments, errors: errors.output) == .usage)
        #expect(errors.content.hasPrefix("commander: "))
        #expect(errors.content.contains("Usage: commander"))
    }

    @Test("with --json an error is one JSON object on one line")
    func jsonErrors() async throws {
        let errors = Collected()
        #expect(await Main.run(["run", "x", "--var", "day=1", "--var", "day=2", "--json"], errors: errors.output) == .usage)
        #expect(
            errors.content == #"{"error":{"code":2,"kind":"usage","message":"--var day is given twice; give it once","problems":[]}}"#
                + "\n")
    }

    @Test("without a database's URL the user is told how to give it")
    func noURL() throws {
        let options = try GlobalOptions.parse([])
        let failure = #expect(throws: Failure.self) { try options.databaseURL(environment: [:]) }
        #expect(failure?.status == .usage)
        #expect(failure?.message.contains("--url") == true)
        #expect(try options.databaseURL(environment: ["SWIFTFLOW_URL": "mongodb://a"]) == "mongodb://a")
        #expect(
            try GlobalOptions.parse(["--url", "mongodb://b"]).databaseURL(environment: ["SWIFTFLOW_URL": "mongodb://a"]) == "mongodb://b")
    }

    @Test("options may stand before the command too")
    func optionsFirst() async throws {
        let command = try #require(
            try await CommanderCommand.asyncParseAsRoot(["--json", "--url", "mongodb://a", "dag", "list"]) as? DagListCommand)
        #expect(command.options.json)
        #expect(command.options.url == "mongodb://a")
    }

    @Test("credentials never show up in messages")
    func credentials() async {
        let errors = Collected()
        #expect(await Main.run(["list", "mongodb://ada:s3cret@db/x"], errors: errors.output) == .usage)
        #expect(!errors.content.contains("s3cret"))
        #expect(
            Redaction.withoutCredentials("at 'mongodb://a:p@h1,h2/x' and http://b:q@r@s.") == "at 'mongodb://***@h1,h2/x' and http://***@s."
        )
        #expect(Redaction.withoutCredentials("mongodb://host/db, me@example.org") == "mongodb://host/db, me@example.org")
    }
}
