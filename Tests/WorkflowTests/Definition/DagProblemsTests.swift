import Testing
import Workflow

@Suite("Mistakes in a DAG")
struct DagProblemsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var problems: [String]
        var testDescription: String { problems.first ?? text }

        init(_ text: String, _ problems: String...) {
            self.text = text
            self.problems = problems
        }
    }

    /// A task, for files whose mistake is elsewhere.
    static let task = "tasks: [{id: a, action: print}]\n"

    static let structure = [
        Case("", "d.yaml:1:1: error: the file is empty; a DAG needs tasks"),
        Case("# nothing\n", "d.yaml:1:1: error: the file is empty; a DAG needs tasks"),
        Case(
            "- a",
            "d.yaml:1:1: error: expected a DAG, an object with the keys id, name, desc, cron, vars, status, tasks, onExit, retry, timeoutSecs, startTimeoutSecs, worker, priority, maxConcurrentRuns, overlap, maxWaitingRuns, createdAt, updatedAt; found a list"
        ),
        Case("id: a", "d.yaml:1:1: error: the DAG has no tasks; give it a list 'tasks' with at least one"),
        Case("id: a\ntasks:", "d.yaml:2:1: error: the DAG has no tasks; give it a list 'tasks' with at least one"),
        Case("id: a\ntasks: []", "d.yaml:2:1: error: the DAG has no tasks; it needs at least one"),
        Case("id: a\ntasks: 5", "d.yaml:2:8: error: 'tasks' of a DAG must be a list, found the integer 5"),
        Case(task + "taks: []", "d.yaml:2:1: error: unknown key \"taks\" in a DAG; did you mean 'tasks'?"),
        Case(
            task + "owner: me",
            "d.yaml:2:1: error: unknown key \"owner\" in a DAG; known are id, name, desc, cron, vars, status, tasks, onExit, retry, timeoutSecs, startTimeoutSecs, worker, priority, maxConcurrentRuns, overlap, maxWaitingRuns, createdAt, updatedAt"
        ),
        Case(
            "tasks:\n- id: a\n  action: print\n  dependsOn: [b]\n  Params: {}",
            "d.yaml:4:3: error: unknown key \"dependsOn\" in a task; did you mean 'dependOn'?",
            "d.yaml:5:3: error: unknown key \"Params\" in a task; did you mean 'params'?"),
        Case(task + "id: x\nid: y", "d.yaml:3:1: error: the key 'id' is given twice in one object, first in line 2; keep one"),
        Case(
            "id: x\n\"name\": 1\ntasks:\n- {id: a, action: print, id: b}\n\"name\": 2",
            "d.yaml:4:26: error: the key 'id' is given twice in one object, first in line 4; keep one",
            "d.yaml:5:1: error: the key 'name' is given twice in one object, first in line 2; keep one"),
        Case(task + "---\n" + task, "d.yaml:3:1: error: a second YAML document begins here; put one DAG in each file"),
        Case(task + "createdAt: 5", "d.yaml:2:1: warning: 'createdAt' is ignored; the store keeps times"),
        Case(task + "cron: '@daily'", "d.yaml:2:7: warning: 'cron' is kept, but nothing starts runs by it; submit them"),
        Case(
            task + "status: stoped",
            "d.yaml:2:9: error: 'status' of a DAG must be 'normal' or 'stopped', found the string \"stoped\"; did you mean 'stopped'?"),
        Case(task + "name: [a]", "d.yaml:2:7: error: 'name' of a DAG must be a text, found a list"),
        Case(task + "desc: !!binary aGk=", "d.yaml:2:7: error: the YAML tag \"tag:yaml.org,2002:binary\" is not supported; leave it out"),
    ]

    static let syntax = [
        Case(
            "id: [a",
            "d.yaml:2:1: error: YAML: did not find expected ',' or ']' (while parsing a flow sequence that begins in line 1, column 5)"),
        Case(
            "tasks:\n- id: a\n\taction: b",
            "d.yaml:3:1: error: YAML: found a tab character that violates indentation (while scanning a plain scalar that begins in line 2, column 7)"
                + "; indent with spaces, YAML takes no tabs"),
        Case(
            "tasks:\n- id: a\n  action: print\n  params:\n    path: {{dir}}/x\n",
            "d.yaml:5:18: error: YAML: did not find expected key (while parsing a block mapping that begins in line 5, column 5)"
                + "; a text that begins with {{ needs quotes: \"{{name}}\""),
        Case(
            "tasks:\n- id: a\n  action: print\n  params:\n    path: {{dir}}\n",
            "d.yaml:5:12: error: a key must be a text; if this is a template, put quotes around it: \"{{name}}\""),
        Case("id: *nobody", "d.yaml:1:5: error: YAML: found undefined alias"),
        Case("id: a\nname: \u{1}", "d.yaml:2:7: error: YAML: control characters are not allowed (U+1)"),
    ]

    /// Keys that are repeated in ways that leave no tree to look at.
    static let repeatedKeys = [
        Case(
            "tasks: [{id: a, id: b}]\nname: [a",
            "d.yaml:1:10: error: the key 'id' is given more than once in one object; keep one",
            "d.yaml:3:1: error: YAML: did not find expected ',' or ']' (while parsing a flow sequence that begins in line 2, column 7)"),
        Case(
            task + "\"i\\x64\": x\n\"i\\x64\": y", "d.yaml:2:1: error: the key 'id' is given more than once in one object; keep one"),
    ]

    static let ids = [
        Case("id: a/b\n" + task, "d.yaml:1:5: error: the id \"a/b\" has a '/' in it; use '-' or '.'"),
        Case("id: \"a\\tb\"\n" + task, "d.yaml:1:5: error: the id \"a\\tb\" has a control character in it; take it out"),
        Case("id: ''\n" + task, "d.yaml:1:5: error: an id cannot be empty"),
        Case("id: \(String(repeating: "x", count: 201))\n" + task, "d.yaml:1:5: error: the id has 201 characters, the most is 200"),
        Case("tasks:\n- action: print", "d.yaml:2:3: error: a task needs 'id': a name that no other task of the DAG has"),
        Case("tasks:\n- id: a/b\n  action: print", "d.yaml:2:7: error: the id \"a/b\" has a '/' in it; use '-' or '.'"),
        Case("tasks:\n- id: {a: b}\n  action: print", "d.yaml:2:7: error: 'id' of a task must be a text, found an object"),
        Case(
            "tasks:\n- id: a\n  action: print\n- id: b\n  action: print\n- id: a\n  action: print",
            "d.yaml:6:7: error: two tasks have the id 'a', the first in line 2; rename one"),
    ]

    static let tasks = [
        Case(
            "tasks:\n- a",
            "d.yaml:2:3: error: expected a task, an object with the keys id, name, actionName, action, dependOn, timeoutSecs, onWorkerLost, params, preCheck, when, trigger, retry, totalTimeoutSecs, startTimeoutSecs, maxLostAttempts, forEach, worker, spread, pool; found the string \"a\""
        ),
        Case("tasks:\n- id: a", "d.yaml:2:3: error: a task needs 'actionName': the action that the task runs, for example shell"),
        Case(
            "tasks:\n- {id: a, actionName: print, action: print}",
            "d.yaml:2:30: error: 'action' means the same as 'actionName', which is given in line 2; keep one"),
        Case("tasks:\n- {id: a, action: prnt}", "d.yaml:2:19: warning: the action \"prnt\" is not built in; did you mean 'print'?"),
        Case(
            "tasks:\n- {id: a, action: PrintAction}",
            "d.yaml:2:19: warning: the action \"PrintAction\" is not built in; a node that registers it must be running"),
        Case(
            "tasks:\n- {id: a, action: print, timeoutSecs: 0}",
            "d.yaml:2:39: error: 'timeoutSecs' must be from 1 to 315360000 seconds, found 0; leave it out for no limit"),
        Case(
            "tasks:\n- {id: a, action: print, timeoutSecs: -5}",
            "d.yaml:2:39: error: 'timeoutSecs' must be from 1 to 315360000 seconds, found -5; leave it out for no limit"),
        Case(
            "tasks:\n- {id: a, action: print, timeoutSecs: soon}",
            "d.yaml:2:39: error: 'timeoutSecs' of a task must be a whole number of seconds or a time such as 90s or 1h30m, found the string \"soon\""
        ),
        Case(
            "tasks:\n- {id: a, action: print, timeoutSecs: 1.5}",
            "d.yaml:2:39: error: 'timeoutSecs' of a task must be a whole number of seconds or a time such as 90s or 1h30m, found the number 1.5"
        ),
        Case(
            "tasks:\n- {id: a, action: print, params: [1]}",
            "d.yaml:2:34: error: 'params' of a task must be an object with a member for each parameter, found a list"),
        Case(
            "tasks:\n- {id: a, action: print, params: {n: 9223372036854775808}}",
            "d.yaml:2:38: error: \"9223372036854775808\" does not fit 64 bits; put it in quotes to make it a text"),
        Case(
            "tasks:\n- {id: a, action: print, params: {n: .nan}}",
            "d.yaml:2:38: error: .nan has no place in parameters; put it in quotes to make it a text"),
        Case(
            "tasks:\n- {id: a, action: print, params: {n: 1e999}}",
            "d.yaml:2:38: error: \"1e999\" is too large for a number; put it in quotes to make it a text"),
        Case(
            "tasks:\n- id: a\n  action: print\n  preCheck: {c: {act: skp, conditions: [{source: var, key: [k], op: is, vals: []}]}}",
            "d.yaml:4:23: error: 'act' of a preCheck must be 'skip' or 'block', found the string \"skp\"; did you mean 'skip'?",
            "d.yaml:4:50: error: 'source' of a condition must be 'vars', 'share-data', 'outputs' or 'run', found the string \"var\"; did you mean 'vars'?",
            "d.yaml:4:60: error: 'key' of a condition must be a text, found a list",
            "d.yaml:4:69: error: 'op' of a condition must be 'in', 'not-in', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'exists' or 'matches', found the string \"is\"; did you mean 'in'?",
            "d.yaml:4:73: error: unknown key \"vals\" in a condition; did you mean 'values'?"),
        Case(
            "tasks:\n- {id: a, action: print, preCheck: {c: {act: skip}}}",
            "d.yaml:2:37: warning: the preCheck 'c' has no conditions, so it always holds"),
        Case(
            "tasks:\n- {id: a, action: print, preCheck: {c: {conditions: [{}]}}}",
            "d.yaml:2:40: error: a preCheck needs 'act': 'skip' or 'block'",
            "d.yaml:2:54: error: a condition needs 'source': 'vars', 'share-data', 'outputs' or 'run'",
            "d.yaml:2:54: error: a condition needs 'key': the name of what is compared",
            "d.yaml:2:54: error: a condition needs 'op': 'in', 'not-in', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'exists' or 'matches'"),
        Case(
            "vars: {day: {defaultValue: x}}\ntasks:\n- {id: a, action: print, preCheck: {c: {act: skip, conditions: [{source: vars, key: dya, op: in, values: [x]}]}}}",
            "d.yaml:3:85: warning: there is no variable \"dya\", so the condition never holds; did you mean 'day'?"),
    ]

    static let dependencies = [
        Case(
            "tasks:\n- {id: load, action: print}\n- {id: b, action: print, dependOn: laod}",
            "d.yaml:3:36: error: there is no task \"laod\" to depend on; did you mean 'load'?"),
        Case(
            "tasks:\n- {id: a, action: print, dependOn: [a]}", "d.yaml:2:37: error: the task 'a' depends on itself; take it out of dependOn"
        ),
        Case(
            "tasks:\n- {id: a, action: print}\n- {id: b, action: print, dependOn: [a, a]}",
            "d.yaml:3:40: warning: 'a' is given twice in dependOn; once is enough"),
        Case(
            "tasks:\n- {id: a, action: print, dependOn: {a: b}}",
            "d.yaml:2:36: error: 'dependOn' of a task must be a text or a list of texts, found an object"),
        Case(
            "tasks:\n- {id: a, action: print, dependOn: [[b]]}",
            "d.yaml:2:37: error: 'dependOn' of a task must be a list of texts, found a list"),
        Case(
            "tasks:\n- {id: a, action: print, dependOn: [c]}\n- {id: b, action: print, dependOn: [a]}\n- {id: c, action: print, dependOn: [b]}\n"
                + "- {id: d, action: print, dependOn: [c, e]}\n- {id: e, action: print, dependOn: [d]}",
            "d.yaml:2:37: error: the tasks depend on each other in a circle, each needed by the next: a -> b -> c -> a; take one dependency out",
            "d.yaml:5:40: error: the tasks depend on each other in a circle, each needed by the next: d -> e -> d; take one dependency out"),
    ]

    static let vars = [
        Case(
            task + "vars: {1day: {defaultValue: x}}",
            "d.yaml:2:8: error: \"1day\" cannot name a variable; use letters, digits, '_' and '-', and begin with a letter or '_'"),
        Case(task + "vars: {day: }", "d.yaml:2:8: warning: the variable 'day' has no defaultValue, so each run must give it"),
        Case(task + "vars: {day: {desc: x}}", "d.yaml:2:8: warning: the variable 'day' has no defaultValue, so each run must give it"),
        Case(
            task + "vars: {day: today}",
            "d.yaml:2:13: error: write the default of the variable 'day' as {defaultValue: …}, found the string \"today\""),
        Case(task + "vars: {day: {defaultValue: [x]}}", "d.yaml:2:28: error: 'defaultValue' of a variable must be a text, found a list"),
        Case(
            task + "vars: {day: {default: x, defaultValue: y}}",
            "d.yaml:2:14: error: unknown key \"default\" in a variable; known are desc, defaultValue, type, required, pattern, values"),
        Case(task + "vars: [day]", "d.yaml:2:7: error: 'vars' of a DAG must be an object with a member for each variable, found a list"),
    ]

    static let templates = [
        Case(
            "vars: {fileName: {defaultValue: x}}\ntasks:\n- id: a\n  action: print\n  params:\n    file:\n    - name: '{{fileNam}}'",
            "d.yaml:7:13: error: params.file[0].name: {{fileNam}}: there is no variable \"fileNam\"; did you mean 'fileName'?"),
        Case(
            "tasks:\n- {id: a, action: print, params: {p: '{{vars.x}}'}}",
            "d.yaml:2:38: error: params.p: {{vars.x}}: there is no variable \"x\"; add it to vars"),
        Case(
            "tasks:\n- {id: a, action: print, params: {p: 'x {{ a'}}",
            "d.yaml:2:38: error: params.p: {{ a: the template has no closing }}; it is a name such as {{fileName}} or {{tasks.extract.output.rows[0]}}. "
                + "A literal {{ is written {{\"{{\"}}"),
        Case(
            "tasks:\n- {id: extract, action: print}\n- {id: b, action: print, dependOn: extract, params: {p: '{{tasks.extrct.output}}'}}",
            "d.yaml:3:57: error: params.p: {{tasks.extrct.output}}: there is no task \"extrct\"; did you mean 'extract'?"),
        Case(
            "tasks:\n- {id: a, action: print}\n- {id: b, action: print, params: {p: '{{tasks.a.output}}', q: '{{tasks.b.output}}'}}",
            "d.yaml:3:38: error: params.p: {{tasks.a.output}}: 'b' does not wait for 'a'; add 'a' to its dependOn",
            "d.yaml:3:63: error: params.q: {{tasks.b.output}}: a task cannot use its own output"),
    ]

    @Test(
        "each has a place, a reason and an advice",
        arguments: structure + syntax + repeatedKeys + ids + tasks + dependencies + vars + templates)
    func table(_ mistake: Case) {
        let result = DagParser.parse(mistake.text, file: "d.yaml", known: known)
        #expect(result.problems.map(\.description) == mistake.problems)
        #expect((result.dag == nil) == mistake.problems.contains { $0.contains(": error: ") })
    }

    @Test("all mistakes of a file are reported at once, in the order of the file")
    func allAtOnce() {
        let text = """
            id: a/b
            nam: x
            vars: {9: {}, 9: {}}
            tasks:
            - id: a
              action: prnt
              dependOn: [b, zz]
              timeoutSecs: -1
              params: {p: "{{nothing}}"}
            - id: b
              dependOn: a
            - id: b
              action: print
            """
        let lines = DagParser.parse(text, file: "d.yaml", known: known).problems.map { "\($0.line):\($0.column)" }
        #expect(lines == ["1:5", "2:1", "3:8", "3:8", "3:15", "6:11", "7:14", "7:17", "8:16", "9:15", "10:3", "12:7"])
    }

    @Test("problems beyond the limit are counted, not listed")
    func manyProblems() {
        let text = "tasks:\n" + (0..<300).map { "- {id: t\($0), action: print, dependOn: nobody\($0)}" }.joined(separator: "\n")
        let problems = DagParser.parse(text, file: "d.yaml").problems
        #expect(problems.count == 101)
        #expect(problems.last?.message == "200 more problems are not shown; mend these first")
    }
}
