import Testing
import Workflow

@Suite("Parameters of built-in actions")
struct BuiltInParametersTests {
    @Test(
        "a slip is found when the definition is checked",
        arguments: [
            ("print", "{mesage: hello}", "error: the action 'print' has no parameter \"mesage\"; did you mean 'message'?"),
            ("shell", "{comand: ls}", "error: the action 'shell' has no parameter \"comand\"; did you mean 'command'?"),
            ("shell", "{command: ls, script: x}", "error: 'command' and 'script' exclude each other; give one"),
            ("shell", "{command: {a: b}}", "error: params.command must be a text or a list of texts, found an object"),
            ("shell", "{command: ls, successCodes: [0, x]}", "error: params.successCodes must be a list of whole numbers, found a list"),
            ("wait", "{duration: soon}", "error: params.duration must be a time such as 90s or 1h30m, found the string \"soon\""),
            ("wait", "{until: tomorrow}", "error: params.until must be a time such as 2030-01-31T08:00:00Z, found the string \"tomorrow\""),
            ("wait", "{}", "error: the action 'wait' needs the parameter 'duration', 'waitingTime', 'seconds' or 'until'"),
            (
                "http", "{url: 'http://x', method: FETCH}",
                "error: params.method must be 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE' or 'OPTIONS', found the string \"FETCH\""
            ),
            ("dag", "{vars: {a: 1}}", "error: the action 'dag' needs the parameter 'dag'"),
            ("kisflow", "{flow: f, rows: 5}", "error: params.rows must be a list, found the integer 5"),
        ])
    func slips(action: String, params: String, problem: String) {
        let result = DagParser.parse("tasks: [{id: a, action: \(action), params: \(params)}]", file: "d.yaml", known: known)
        #expect(result.problems.contains { "\($0.severity.rawValue): \($0.message)" == problem })
        #expect(result.dag == nil)
    }

    @Test(
        "what is right, or known only when the task starts, is left alone",
        arguments: [
            ("print", "{text: hello, other: [1]}"), ("print", "{}"), ("shell", "{command: [ls, -l, 5], env: {A: 1}, killAfter: 10s}"),
            ("shell", "{command: '{{run.id}}', successCodes: '{{run.id}}'}"), ("wait", "{seconds: 5}"), ("wait", "{until: '2030-01-31'}"),
            ("ff-waiting", "{waitingTime: 1s}"), ("dag", "{dag: other, vars: {a: 1}}"),
            ("http", "{url: 'http://x', json: {a: [1]}, expectStatus: [200, 404], output: json}"),
        ])
    func right(action: String, params: String) {
        let result = DagParser.parse("tasks: [{id: a, action: \(action), params: \(params)}]", file: "d.yaml", known: known)
        #expect(result.problems.map(\.description) == [])
    }

    @Test("an action that only looks like a built-in one is not checked")
    func own() {
        let own = KnownActions(builtIn: ["print"], registered: ["http"])
        #expect(DagParser.parse("tasks: [{id: a, action: http, params: {x: 1}}]", file: "d.yaml", known: own).problems == [])
    }
}
