import Testing
import Workflow

@testable import Console
@testable import Engine
@testable import commander

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("What commands print")
struct ReportTests {
    private func json(_ report: some Report) throws -> [String: Value] {
        let value = try JSONDecoder().decode(Value.self, from: Data(JSONOutput.document(report).utf8))
        return try #require(value.objectValue)
    }

    @Test("a run is shown with what it is about and a line for each task")
    func run() {
        let report = RunReport(
            Samples.details(
                Samples.run(.failed, reason: "task b failed"),
                [Samples.task("a", .success), Samples.task("b", .failed, attempt: 2, reason: "exit code 3")]))
        let text = report.text(Samples.plain)
        #expect(text.contains("dag         flights@0a1b2c\n"))
        #expect(text.contains("vars        day=1 month=01\n"))
        #expect(text.contains("ended       2013-01-01T04:59:58.750Z\n"))
        #expect(text.contains("duration    6.5 s\n"))
        #expect(text.contains("b     print   failed         2  worker-1     2.0 s  exit code 3\n"))
    }

    @Test("a run shows earlier attempts, decisions, its times and what people asked of it")
    func history() {
        let ada = Author(by: "ada@desk", reason: "checked", at: Samples.now - 30)
        var task = Samples.task("a", .retrying, attempt: 3, reason: "boom")
        task.wakeAt = Samples.now + 60
        task.history = TaskHistory(
            attempts: [
                .init(attempt: 1, status: .running, worker: "w1", startedAt: Samples.now - 90),
                .init(attempt: 2, status: .failed, reason: "boom", worker: "w2", startedAt: Samples.now - 60, endedAt: Samples.now - 58),
            ], decision: .init(isApproved: true, author: ada))
        var run = Samples.run()
        run.control = RunControl(isPaused: true, cancel: ada)
        (run.priority, run.origin) = (5, RunOrigin(kind: .reuse, run: "00xx", from: ["a"]))
        let text = RunReport(Samples.details(run, [task])).text(Samples.plain)
        #expect(text.contains("priority    5\norigin      uses the run 00xx again, from a on\n"))
        #expect(text.contains("paused      nothing new starts (commander resume 01jk)\n"))
        #expect(text.contains("canceled    by ada@desk, 2013-01-01T04:59:30.250Z: checked\n"))
        #expect(text.contains("2013-01-01T05:01:00.250Z  boom\n"))
        #expect(text.contains("a           1  lost    w1      2013-01-01T04:58:30.250Z         -  -\n"))
        #expect(text.contains("a           2  failed  w2      2013-01-01T04:59:00.250Z     2.0 s  boom\n"))
        #expect(text.contains("decisions:\na: continued by ada@desk, 2013-01-01T04:59:30.250Z: checked\n"))
    }

    @Test("a failed task that somebody retries is shown as one that runs again")
    func runsAgain() {
        var run = Samples.run(.`init`)
        let ada = Author(by: "ada", at: Samples.now)
        run.control = RunControl(marks: ["a": TaskMark(attempt: 1, act: .reset, author: ada)])
        let text = RunReport(Samples.details(run, [Samples.task("a", .failed)])).text(Samples.plain)
        #expect(text.contains("runs again"))
    }

    @Test("a run's JSON has dates with milliseconds, and all tasks, started or not")
    func runJSON() throws {
        let document = try json(
            RunReport(
                Samples.details(Samples.run(), [Samples.task("a", .running), Samples.task("b", .`init`)]), waitsFor: "no node is alive"))
        let run = try #require(document["run"]?.objectValue)
        #expect(run["status"] == "running")
        #expect(run["createdAt"] == "2013-01-01T04:59:50.250Z")
        #expect(run["vars"] == ["day": "1", "month": "01"])
        #expect(document["waitsFor"] == "no node is alive")
        #expect(document["tasks"]?.arrayValue?.map { $0.objectValue?["status"] } == ["running", "init"])
    }

    @Test("lists name every run, and what could not be read")
    func list() throws {
        let page = Page(
            [Samples.run(), Samples.run(.success)],
            unreadable: [UnreadableDocument(id: "x", collection: "dag_instance", problem: "status: not a string")])
        let report = RunListReport(page)
        let lines = report.text(Samples.window(80)).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines[1].contains("10 s ago"))
        let document = try json(report)
        #expect(document["runs"]?.arrayValue?.count == 2)
        #expect(document["unreadable"] == [["id": "x", "collection": "dag_instance", "problem": "status: not a string"]])
        #expect(RunListReport(Page([])).text(Samples.plain) == "no runs\n")
    }

    @Test("a list says when a parked run goes on")
    func parked() {
        var run = Samples.run(.parked)
        run.wakeAt = Samples.now + 600
        #expect(RunListReport(Page([run])).text(Samples.window(120)).contains("parked  worker-1  10 s ago     8.0 s  in 10 min"))
    }

    @Test("nodes say who leads, who stops, whose lease has run out and who is dead")
    func nodes() throws {
        let nodes = [
            Samples.node("w4", alive: false), Samples.node("w3", left: -1), Samples.node("w2", draining: true), Samples.node("w1"),
        ]
        let report = NodesReport(nodes, leader: Leadership(key: "w1", session: "s-w1", term: 3, secondsLeft: 5))
        let lines = report.text(Samples.plain).split(separator: "\n")
        #expect(lines[1].hasPrefix("w1   alive     leader  s-w1"))
        #expect(lines[2].hasPrefix("w2   draining  -"))
        #expect(lines[3].hasPrefix("w3   expired   -"))
        #expect(lines[4].hasPrefix("w4   dead      -"))
        let document = try json(report)
        #expect(document["leader"]?.objectValue?["term"] == 3)
        #expect(document["nodes"]?.arrayValue?.map { $0.objectValue?["state"] } == ["alive", "draining", "expired", "dead"])
        #expect(document["nodes"]?.arrayValue?.first?.objectValue?["actions"] == ["print", "wait"])
    }

    @Test("a node that has the leader's key but another session does not lead")
    func staleLeader() {
        let report = NodesReport([Samples.node("w1")], leader: Leadership(key: "w1", session: "older", term: 3, secondsLeft: 5))
        #expect(!report.nodes[0].isLeader)
        #expect(NodesReport([Samples.node("w1")], leader: nil).text(Samples.plain).contains("no node leads now"))
    }

    @Test("a definition is shown with its vars and tasks; an old version says that it is not the current one")
    func dag() throws {
        let dag = Dag(
            id: "flights", desc: "delays", vars: ["day": .init(desc: "which day"), "month": .init(defaultValue: "1")],
            tasks: [Dag.Task(id: "a", actionName: "print"), Dag.Task(id: "b", actionName: "shell", dependOn: ["a"], timeoutSecs: 60)])
        let current = DagRecord(dag: dag, version: "new", revision: 4, source: "flights.yaml")
        let text = DagReport(current).text(Samples.plain)
        #expect(text.contains("revision  4\n"))
        #expect(text.contains("day    (required)  which day\n"))
        #expect(text.contains("b     shell   a              60 s\n"))
        #expect(DagReport(dag, version: "old", current: current).text(Samples.plain).contains("version  old (not the current one)\n"))
        #expect(DagReport(dag, version: "new", current: current).revision == 4)
        #expect(try json(DagListReport([current]))["dags"]?.arrayValue?.first?.objectValue?["tasks"] == 2)
    }

    @Test("applying says what changed")
    func apply() {
        let record = DagRecord(dag: Dag(id: "a"), version: "v", revision: 2, source: "a.yaml")
        var report = ApplyReport(problems: [])
        report.add(.applied(record))
        report.add(.unchanged(record))
        #expect(report.text(Samples.plain) == "a: applied, revision 2, version v\na: unchanged, revision 2, version v\n")
        #expect(report.applied.map(\.isChanged) == [true, false])
    }

    @Test("on a pipe, run prints the run's id alone")
    func submission() {
        #expect(SubmissionReport(run: Samples.run()).text(Samples.plain) == "01jk\n")
        #expect(SubmissionReport(run: Samples.run()).text(Samples.window(80)).contains("commander show 01jk"))
    }

    @Test("a trace line has its time, task, attempt and level; bytes that steer a terminal only pass into files")
    func trace() {
        let records = TraceRecord.records(of: Samples.chunk("a", seq: 0, attempt: 2, at: 0, "x\u{1B}[2J"))
        #expect(records.map { $0.text(Samples.plain) } == ["2013-01-01T05:00:00.250Z a[2] info x\u{1B}[2J\n"])
        #expect(records.map { $0.text(Samples.window(80)) } == ["2013-01-01T05:00:00.250Z a[2] info x\u{FFFD}[2J\n"])
    }

    @Test("a trace as JSON is one document, however many pages it has", arguments: [0, 1, 3])
    func traceJSON(pages: Int) throws {
        let collected = Collected()
        var document = TraceDocument(
            terminal: Terminal(
                program: "commander", output: collected.output, errors: collected.output, isTerminal: false, environment: [:]), json: true)
        for page in 0..<pages { try document.add(TraceRecord.records(of: Samples.chunk("a", seq: page, at: 0, "one", "two"))) }
        try document.end()
        let value = try JSONDecoder().decode(Value.self, from: Data(collected.content.utf8))
        #expect(value.objectValue?["lines"]?.arrayValue?.count == pages * 2)
    }
}
