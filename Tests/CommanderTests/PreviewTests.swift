import Engine
import Testing
import Workflow

@testable import Console
@testable import commander

@Suite("What a run would do")
struct PreviewTests {
    private var dag: Dag {
        var extract = Dag.Task(
            id: "extract", actionName: "shell", params: ["command": "load {{month}} of {{run.dagId}}", "run": "{{run.id}}"])
        extract.worker = ["gpu": "true"]
        let report = Dag.Task(
            id: "report", actionName: "print", dependOn: ["extract", "check"],
            params: ["message": "{{tasks.extract.output.rows}} of {{month}}, {{shareData.day}}"])
        var dag = Dag(id: "flights", tasks: [report, extract, Dag.Task(id: "check", actionName: "print")])
        dag.onExit = [Dag.Task(id: "clean", actionName: "print")]
        return dag
    }

    private let nodes = [
        LiveNode(key: "w2", actions: ["print", "shell"]), LiveNode(key: "w1", actions: ["print", "shell"], labels: ["gpu": "true"]),
        LiveNode(key: "w3", actions: ["print", "shell"], isDraining: true),
    ]

    @Test("tasks come in the order in which they may start, those at the end last")
    func order() throws {
        let preview = try RunPreview(dag, vars: ["month": "01"], nodes: nodes)
        #expect(preview.tasks.map(\.id) == ["extract", "check", "report", "clean"])
        #expect(preview.tasks.map(\.level) == [1, 1, 2, 3])
        #expect(preview.tasks.map(\.isExit) == [false, false, false, true])
    }

    @Test("parameters are rendered where the variables are enough, and else say what they wait for")
    func params() throws {
        let preview = try RunPreview(dag, vars: ["month": "01"], nodes: nodes)
        #expect(preview.tasks[0].params["command"] == .rendered("load 01 of flights"))
        #expect(preview.tasks[0].params["run"] == .waits("{{run.id}}", for: ["the run"]))
        guard case .waits(_, let names) = preview.tasks[2].params["message"] else { return #expect(Bool(false)) }
        #expect(names == ["the output of 'extract'", "the share data 'day'"])
    }

    @Test("nodes are named that could take the run, and each task that may go elsewhere")
    func placement() throws {
        let preview = try RunPreview(dag, vars: ["month": "01"], nodes: nodes)
        #expect(preview.nodes == ["w1", "w2"] && preview.shortage == nil)
        #expect(preview.tasks[0].nodes == ["w1"] && preview.tasks[0].isPlaced && !preview.tasks[1].isPlaced)
        let alone = try RunPreview(dag, vars: ["month": "01"], nodes: [nodes[0]])
        #expect(alone.tasks[0].shortage == .labels(["gpu": "true"]))
        #expect(try RunPreview(dag, vars: ["month": "01"], nodes: []).shortage == .noNodes)
    }

    @Test("the plan is a table, and says that nothing was submitted")
    func text() throws {
        let report = PreviewReport(try RunPreview(dag, vars: ["month": "01"], nodes: nodes), version: "v")
        let text = report.text(Samples.plain)
        #expect(text.hasPrefix("dag    flights@v\nvars   month=01\nnodes  w1 w2\n"))
        #expect(
            text.contains("   1  extract         shell   -               w1         command=load 01 of flights run=(waits for the run)\n"))
        #expect(text.contains("   3  clean (onExit)  print   -               the run's  -\n"))
        #expect(text.hasSuffix("nothing was submitted\n"))
    }
}
