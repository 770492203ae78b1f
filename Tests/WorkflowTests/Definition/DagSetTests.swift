import Testing
import Workflow

@Suite("Definitions that run each other")
struct DagSetTests {
    private func member(_ id: String, _ subDags: String...) -> DagSetChecks.Member {
        .init(id: id, file: "\(id).yaml", subDags: subDags.enumerated().map { SubDagUse(task: "t\($0)", dag: $1, line: $0 + 5, column: 3) })
    }

    @Test("what is not there is a warning, unless it is known to be elsewhere")
    func missing() {
        let members = [member("a", "b", "elsewhere"), member("b")]
        #expect(
            DagSetChecks.problems(members).map(\.description) == [
                "a.yaml:6:3: warning: the task 't1' runs the DAG 'elsewhere', which is not here; it must have been applied before a run needs it"
            ])
        #expect(DagSetChecks.problems(members, known: ["elsewhere"]).isEmpty)
        #expect(
            DagSetChecks.problems([member("parent", "chlid"), member("child")]).first?.message.hasSuffix("did you mean 'child'?") == true)
    }

    @Test("a circle is an error that names it, once")
    func circles() {
        let members = [member("x", "a"), member("a", "b"), member("b", "c", "d"), member("c", "a"), member("d")]
        #expect(
            DagSetChecks.problems(members).map(\.description) == [
                "a.yaml:5:3: error: the DAGs run each other in a circle: a -> b -> c -> a; take one of the tasks out"
            ])
    }

    @Test("a task tells which DAG it runs, where a template does not")
    func uses() {
        let text = "id: d\ntasks:\n- {id: a, action: dag, params: {dag: other}}\n- {id: b, action: dag, params: {dag: '{{run.dagId}}'}}"
        let result = DagParser.parse(text, file: "d.yaml")
        #expect(result.subDags == [SubDagUse(task: "a", dag: "other", line: 3, column: 38)])
        #expect(result.dag?.subDags.map(\.dag) == ["other"])
    }
}
