import ArgumentParser
import Engine
import Testing
import Workflow

@testable import Console
@testable import commander

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Telling runs what to do")
struct TellingTests {
    private static let ada = Author(by: "ada@desk", reason: "disk was full", at: Samples.now)

    private func record(_ status: CommandRecord.Status, _ result: String = "", run: String = "01jk") -> CommandRecord {
        CommandRecord(
            Command(id: "c1", run: run, kind: .retry, tasks: ["load"], author: Self.ada), status: status, result: result,
            settledAt: status.isSettled ? Samples.now : nil)
    }

    private func json(_ report: some Report) throws -> [String: Value] {
        let value = try JSONDecoder().decode(Value.self, from: Data(JSONOutput.document(report).utf8))
        return try #require(value.objectValue)
    }

    // MARK: Arguments

    @Test(
        "lengths of time",
        arguments: [
            ("90s", 90_000), ("5m", 300_000), ("1h30m", 5_400_000), ("2d", 172_800_000), ("250ms", 250), ("1m1ms", 60_001), ("0s", 0),
            ("1.5h", 5_400_000), ("30", 30_000),
        ])
    func spans(text: String, milliseconds: Int) throws {
        #expect(try TimeSpan.duration(text) == .milliseconds(milliseconds))
    }

    @Test(
        "what is no length of time is refused, whatever it is",
        arguments: [
            "", "1x", "s", "-1s", "1h30", "99999999d", "9999999999999s", "3650d1ms", "soon",
        ])
    func badSpans(text: String) {
        #expect(throws: ValidationError.self) { try TimeSpan.duration(text) }
        #expect(throws: ValidationError.self) { try Moment.parse(text) }
    }

    @Test("points in time are so long ago, a day, or a time")
    func moments() throws {
        #expect(try Moment.parse("1h30m").date(now: Samples.now) == Samples.now - 5_400)
        #expect(try Moment.parse("2013-01-01").date(now: Samples.now) == Date(timeIntervalSince1970: 1_356_998_400))
        #expect(try Moment.parse("2013-01-01T05:00:00Z").date(now: Samples.now) == Samples.now - 0.25)
    }

    @Test("a command takes a run with tasks, or a choice of runs")
    func parsing() async throws {
        let retry = try #require(
            try await CommanderCommand.asyncParseAsRoot(
                ["retry", "01jk", "--task", "a", "--task", "b[3]", "--reason", "x", "--wait", "--timeout", "5s"]) as? RetryCommand)
        #expect(retry.telling.id == "01jk" && retry.chosen.tasks == ["a", "b[3]"] && retry.telling.patience == .seconds(5))
        let many = try #require(
            try await CommanderCommand.asyncParseAsRoot(
                [
                    "cancel", "--dag", "d", "--status", "failed", "--status", "init", "--since", "1h", "--tag", "who=me", "--limit", "5",
                    "--yes",
                ])
                as? CancelCommand)
        let selection = try many.telling.filter.selection(statuses: [.running], now: Samples.now)
        #expect(
            selection
                == RunSelection(dagId: "d", statuses: [.failed, .`init`], since: Samples.now - 3_600, tags: ["who": "me"], limit: 5))
        #expect(many.telling.patience == nil)
        for name in ["rerun", "continue", "reject", "pause", "resume"] {
            let arguments = [name, "01jk"] + (name == "rerun" ? ["--from", "a"] : [])
            _ = try await CommanderCommand.asyncParseAsRoot(arguments)
        }
    }

    @Test(
        "what makes no sense is refused before any database is asked",
        arguments: [
            ["retry"], ["retry", "01jk", "--dag", "d"], ["retry", "--dag", "d", "--since", "1x"], ["retry", "01jk", "--timeout", "soon"],
            ["retry", "01jk", "--limit", "5"], ["retry", "--yes"], ["retry", "--dag", "d", "--limit", "0"],
            ["pause", "01jk", "--task", "a"],
            ["rerun", "01jk"], ["rerun", "--dag", "d", "--var", "a=b"], ["rerun", "01jk", "--from", "a", "--new-id", "k"],
            ["rerun", "01jk", "--var", "novalue"], ["retry", "--dag", "d", "--status", "done"],
            ["retry", "--dag", "d", "--watch", "--yes"],
            ["run", "x", "--dry-run", "--wait"], ["run", "x", "--priority", "1000001"], ["commands"], ["commands", "r", "--limit", "0"],
            ["why"], ["completion", "tcsh"], ["cancel", "--dag", "d", "--json"], ["reject", "a", "b"],
        ])
    func mistakes(arguments: [String]) async {
        let errors = Collected()
        #expect(await Main.run(arguments, errors: errors.output) == .usage)
        #expect(errors.content.contains("commander: ") || errors.content.contains("\"kind\":\"usage\""))
    }

    @Test("without a terminal many runs need --yes, and the message says so")
    func needsYes() async {
        let errors = Collected()
        #expect(await Main.run(["retry", "--dag", "d", "--json"], errors: errors.output) == .usage)
        #expect(errors.content.contains("to retry many runs without a terminal give --yes"))
    }

    @Test("without a status those runs are meant to which the command can apply")
    func usualStatuses() {
        #expect(Workflow.Command.Kind.retry.usualStatuses == [.failed, .canceled])
        #expect(Workflow.Command.Kind.continue.usualStatuses == [.blocked])
        #expect(Workflow.Command.Kind.cancel.usualStatuses.allSatisfy { !$0.isFinal })
        #expect(Workflow.Command.Kind.rerun.usualStatuses.allSatisfy { $0.isFinal })
    }

    // MARK: Exit codes

    @Test("refused is 5, not done in time is 8, and only what was waited for can be late")
    func exitCodes() {
        #expect(Telling.status(of: record(.done), isAwaited: true) == .success)
        #expect(Telling.status(of: record(.refused), isAwaited: false) == .refused)
        #expect(Telling.status(of: record(.accepted), isAwaited: true) == .timedOut)
        #expect(Telling.status(of: record(.pending), isAwaited: false) == .success)
        let results = [SelectedResult(run: "1", record: record(.done)), SelectedResult(run: "2", record: record(.refused))]
        #expect(Telling.status(of: results, isAwaited: true) == .refused)
        #expect(Telling.status(of: results + [SelectedResult(run: "3", error: "no")], isAwaited: true) == .failed)
        #expect(Failure(CommandError(.timedOut, "x")).status == .timedOut)
    }

    // MARK: Words

    @Test("one command says what was done, why it was refused, or that it is not done yet")
    func one() throws {
        #expect(
            CommandReport(record(.done, "1 task runs again"), isAwaited: true).text(Samples.plain)
                == "retry 01jk: done: 1 task runs again\n")
        #expect(
            CommandReport(record(.refused, "no task has failed"), isAwaited: true).text(Samples.plain)
                == "retry 01jk: refused: no task has failed\n")
        #expect(
            CommandReport(record(.pending), isAwaited: false).text(Samples.plain)
                == "retry 01jk: pending: it applies in a moment: commander commands 01jk\n")
        #expect(CommandReport(record(.accepted), isAwaited: true).text(Samples.plain).contains("not done in time"))
        let command = try #require(try json(CommandReport(record(.done, "x"), isAwaited: true))["command"]?.objectValue)
        #expect(command["id"] == "c1" && command["kind"] == "retry" && command["status"] == "done" && command["by"] == "ada@desk")
        #expect(command["at"] == "2013-01-01T05:00:00.250Z")
    }

    @Test("what a run was told is a table of who, when, why and what came of it")
    func list() throws {
        let report = CommandListReport([record(.refused, "no task has failed"), record(.pending)])
        let lines = report.text(Samples.plain).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1].contains("retry    load   ada@desk  disk was full  refused  no task has failed"))
        #expect(try json(report)["commands"]?.arrayValue?.count == 2)
        #expect(CommandListReport([]).text(Samples.plain) == "the run was told nothing\n")
    }

    @Test("many runs are counted and listed first; then what was refused is said in full, the rest as numbers")
    func many() throws {
        let runs = (0..<30).map { DagInstance(id: "r\($0)", dagId: "d", dagVersion: "v", status: .failed, createdAt: Samples.now) }
        var report = SelectionReport(.retry, runs, hasMore: true, limit: 30, isDryRun: false)
        let lines = report.text(Samples.window(80)).split(separator: "\n")
        #expect(lines[0] == "30 runs, and there are more than --limit 30:")
        #expect(lines.last == "… and 10 more")
        #expect(report.text(Samples.plain).split(separator: "\n").count == 32)
        report.results = [
            .init(SelectedResult(run: "r0", record: record(.done))),
            .init(SelectedResult(run: "r1", record: record(.refused, "why", run: "r1"))),
            .init(SelectedResult(run: "r2", error: "the store is away")),
        ]
        #expect(report.resultText(Samples.plain) == "r1: refused: why\nr2: the store is away\nretry: 1 done, 1 refused\n")
        let document = try json(report)
        #expect(document["count"] == 30 && document["hasMore"] == true && document["kind"] == "retry")
        #expect(document["results"]?.arrayValue?.count == 3)
        let nothing = SelectionReport(.retry, [], hasMore: false, limit: 30, isDryRun: false)
        #expect(nothing.text(Samples.plain) == "no run matches; nothing was done\n")
    }

    // MARK: Completion

    @Test("shells get a script, and ids are completed from the database that the words name", arguments: CompletionCommand.Shell.allCases)
    func completion(shell: CompletionCommand.Shell) {
        let script = CommanderCommand.completionScript(for: shell.kind)
        #expect(script.contains("retry") && script.contains("---completion"))
        #expect(StoreCompletion.url(["commander", "--url", "mongodb://a", "show"], environment: [:]) == "mongodb://a")
        #expect(StoreCompletion.url(["commander", "--url=mongodb://b"], environment: ["SWIFTFLOW_URL": "mongodb://c"]) == "mongodb://b")
        #expect(StoreCompletion.url(["commander"], environment: ["SWIFTFLOW_URL": "mongodb://c"]) == "mongodb://c")
        #expect(StoreCompletion.url(["commander"], environment: [:]) == nil)
    }

    @Test("every command explains itself with an example")
    func examples() {
        let simple: Set<String> = ["dag", "nodes", "locks", "drain", "trace"]
        for command in CommanderCommand.configuration.subcommands where !simple.contains(command.configuration.commandName ?? "") {
            #expect(command.configuration.discussion.contains("EXAMPLES"), "\(command)")
        }
    }
}
