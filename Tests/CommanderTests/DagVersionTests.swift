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

@Suite("Versions and pools on the command line")
struct DagVersionTests {
    @Test("a diff shows changed lines with three around each, and nothing where there is no difference")
    func diff() {
        let old = (0..<20).map { "line \($0)" }
        var new = old
        new[10] = "changed"
        #expect(
            LineDiff(old, new).lines == [
                "…", " line 7", " line 8", " line 9", "-line 10", "+changed", " line 11", " line 12", " line 13", "…",
            ])
        #expect(LineDiff(old, old).lines.isEmpty)
        #expect(LineDiff([], ["a"]).lines == ["+a"])
        #expect(LineDiff(["a"], []).lines == ["-a"])
    }

    @Test("texts that have nothing in common are shown in whole, however long they are")
    func longDiff() {
        let lines = LineDiff((0..<6_000).map { "a\($0)" }, (0..<6_000).map { "b\($0)" }).lines
        #expect(lines.count == 12_000 && lines.first == "-a0" && lines.last == "+b5999")
    }

    @Test("two definitions are compared in one form, whether they are stopped or not")
    func definitions() throws {
        let old = Dag(id: "d", tasks: [.init(id: "a", actionName: "print", params: ["x": 1])])
        var new = old
        new.status = .stopped
        #expect(try DagDiffReport("d", ("v1", old), ("v1", new)).text(Samples.plain) == "there is no difference\n")
        new.tasks[0].params["x"] = 2
        let text = try DagDiffReport("d", ("v1", old), ("v2", new)).text(Samples.plain)
        #expect(text.hasPrefix("--- d@v1\n+++ d@v2\n"))
        #expect(text.contains("-        \"x\" : 1\n+        \"x\" : 2\n"))
    }

    @Test("history says since when which version is current, and in which state")
    func history() {
        let revisions = [
            DagRevision(version: "v1", revision: 3, source: "rollback by ada", state: DagState(isPaused: true), at: Samples.now),
            DagRevision(version: "v2", revision: 2, source: "b.yaml", state: DagState(status: .stopped), at: Samples.now - 60),
        ]
        let lines = DagHistoryReport("d", revisions).text(Samples.plain).split(separator: "\n")
        #expect(lines[1] == "       3  v1       2013-01-01T05:00:00.250Z  normal, paused  rollback by ada")
        #expect(lines[2] == "       2  v2       2013-01-01T04:59:00.250Z  stopped         b.yaml")
    }

    @Test("pools show how many slots are taken, and by whom")
    func pools() {
        let report = PoolListReport([PoolUse(pool: Pool(name: "db", slots: 2), holders: ["run 1", "run 2"])])
        #expect(report.text(Samples.plain) == "NAME  SLOTS  USED  HOLDERS\ndb        2     2  run 1; run 2\n")
        #expect(PoolListReport([]).text(Samples.plain).hasPrefix("no pools"))
    }

    @Test("a DAG's state is said in words")
    func state() {
        let record = DagRecord(dag: Dag(id: "d", status: .stopped), version: "v", revision: 2, source: "", isPaused: true)
        #expect(DagStateReport(record).text(Samples.plain) == "d: stopped: no new runs, paused: no new run starts\n")
    }

    @Test(
        "what makes no sense is refused before any database is asked",
        arguments: [
            ["dag", "history"], ["dag", "history", "d", "--limit", "0"], ["dag", "diff", "d"], ["dag", "rollback", "d"], ["dag", "pause"],
            ["pool", "set", "db"], ["pool", "set", "db", "many"], ["pool", "delete"],
        ])
    func mistakes(arguments: [String]) async {
        #expect(await Main.run(arguments, errors: Collected().output) == .usage)
    }
}
