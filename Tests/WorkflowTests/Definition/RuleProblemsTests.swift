import Testing
import Workflow

@Suite("Mistakes in rules")
struct RuleProblemsTests {
    /// A key of a task in line 2 with a mistake.
    private static func task(_ key: String, _ problems: String...) -> (String, [String]) {
        ("tasks:\n- {id: a, action: print, \(key)}", problems.map { "d.yaml:2:\($0)" })
    }

    /// A key of a DAG in line 2 with a mistake.
    private static func dag(_ key: String, _ problems: String...) -> (String, [String]) {
        ("tasks: [{id: a, action: print}]\n\(key)", problems.map { "d.yaml:2:\($0)" })
    }

    static let values = [
        task("retry: 3", "33: error: expected a retry, an object with the keys limit, backoff, on; found the integer 3"),
        task("retry: {}", "33: error: a retry needs 'limit': how many retries follow failed attempts"),
        task("retry: {limit: 1001}", "41: error: 'limit' must be from 0 to 1000, found 1001"),
        task("retry: {limit: many}", "41: error: 'limit' of a retry must be a whole number, found the string \"many\""),
        task("retry: {limit: 1, backoff: {factor: 0.5}}", "62: error: 'factor' must be from 1 to 100, found 0.5"),
        task("retry: {limit: 1, backoff: {jitter: 2}}", "62: error: 'jitter' must be from 0 to 1, found 2"),
        task(
            "retry: {limit: 1, backoff: {initial: soon}}",
            "63: error: 'initial' of a backoff must be a number of seconds or a time such as 250ms or 1h30m, found the string \"soon\""),
        task("retry: {limit: 1, backoff: {initial: 10s, max: 1s}}", "73: error: 'max' of a backoff is below its 'initial'"),
        task("retry: {limit: 1, on: ['']}", "49: error: an empty text is part of every reason; leave 'on' out to retry all"),
        task(
            "trigger: all_sucess",
            "35: error: 'trigger' of a task must be 'all_success', 'all_done', 'one_success', 'one_failed', 'all_failed', 'none_failed' or "
                + "'none_failed_min_one_success', found the string \"all_sucess\"; did you mean 'all_success'?"),
        task("trigger: all_done", "35: warning: a task that depends on nothing starts at once, whatever its 'trigger'"),
        task(
            "timeoutSecs: 250ms",
            "39: error: 'timeoutSecs' of a task must be a whole number of seconds or a time such as 90s or 1h30m, found the string \"250ms\""
        ),
        task(
            "timeoutSecs: 10, totalTimeoutSecs: 5",
            "61: warning: 'totalTimeoutSecs' is below 'timeoutSecs', so no attempt can take that long"),
        task("maxLostAttempts: -1", "43: error: 'maxLostAttempts' must be from 0 to 1000, found -1"),
        task("spread: maybe", "34: error: 'spread' of a task must be true or false, found the string \"maybe\""),
        task("worker: gpu", "34: error: 'worker' of a task must be an object of texts, found the string \"gpu\""),
        task("worker: {gpu: [1]}", "40: error: the label 'gpu' must be a text, found a list"),
        task("worker: {gpu: '{{x}}'}", "40: error: labels hold no templates: nodes are looked for before anything is rendered"),
        task("worker: {gpu: ''}", "35: error: a label and its value have 1 to 200 bytes"),
        task("pool: '{{x}}'", "32: error: 'pool' of a task must be a name as it is, without templates"),
        task("pool: a/b", "32: error: 'pool' \"a/b\" has a '/' in it; use '-' or '.'"),
        task("forEach: 5", "35: error: the items must be a list or a template that stands for one, found the integer 5"),
        task("forEach: {maxParallel: 2}", "35: error: a forEach needs 'items': the list, or a template that stands for one"),
        task("forEach: {items: [a], maxParallel: 0}", "61: error: 'maxParallel' must be from 1 to 1000000, found 0"),
        task(
            "forEach: 'a {{run.id}}'",
            "35: error: the items must be a list, or one template alone that stands for a list, such as {{tasks.find.output.files}}"),
        task(
            "forEach: '{{a}'",
            "35: error: forEach.items: {{a}: the template has no closing }}; it is a name such as {{fileName}} or {{tasks.extract.output.rows[0]}}. "
                + "A literal {{ is written {{\"{{\"}}"),
        dag("priority: 1001", "11: error: 'priority' must be from -1000 to 1000, found 1001"),
        dag("maxConcurrentRuns: 0", "20: error: 'maxConcurrentRuns' must be from 1 to 1000000, found 0"),
        dag("timeoutSecs: 0", "14: error: 'timeoutSecs' must be from 1 to 315360000 seconds, found 0; leave it out for no limit"),
        dag("overlap: skip", "10: warning: 'overlap' says what happens beyond 'maxConcurrentRuns', which is not given, so nothing does"),
        dag(
            "overlap: none",
            "10: error: 'overlap' of a DAG must be 'allow', 'wait', 'skip' or 'cancelOther', found the string \"none\""),
        dag("onExit: {id: a}", "9: error: 'onExit' of a DAG must be a list, found an object"),
        dag("onExit: [{id: a, action: print}]", "15: error: two tasks have the id 'a', the first in line 1; rename one"),
        dag(
            "onExit: [{id: b, action: print, dependOn: a}]",
            "43: error: all of 'tasks' is over when a task of onExit starts; take 'a' out of dependOn"),
        dag(
            "onExit: [{id: 'b[0]', action: print}]",
            "15: error: the id \"b[0]\" ends like that of an item of a fan-out; take the brackets out"),
    ]

    static let vars = [
        dag(
            "vars: {n: {type: integer, defaultValue: 1}}",
            "18: error: 'type' of a variable must be 'string', 'int', 'number', 'bool', 'duration', 'list' or 'enum', found the string \"integer\""
        ),
        dag("vars: {n: {type: int, defaultValue: x}}", "37: error: the default of the variable 'n' must be a whole number, found \"x\""),
        dag(
            "vars: {n: {type: list, defaultValue: x}}",
            #"38: error: the default of the variable 'n' must be a JSON list such as ["a", "b"], found "x""#),
        dag(
            "vars: {n: {type: enum, defaultValue: x}}",
            "18: error: the variable 'n' is an enum and needs 'values', a list of what it may be",
            "38: error: the default of the variable 'n' must be one of its values, found \"x\""),
        dag(
            "vars: {n: {values: [a], defaultValue: a}}",
            "12: error: 'values' of the variable 'n' says what an enum may be; add 'type: enum'"),
        dag("vars: {n: {pattern: '(', defaultValue: a}}", "21: error: \"(\" is not a regular expression"),
        dag("vars: {n: {pattern: '[a-z]+', defaultValue: A}}", "45: error: the default of the variable 'n' must match [a-z]+, found \"A\""),
        dag(
            "vars: {n: {required: 1}}", "22: error: 'required' of a variable must be true or false, found the integer 1",
            "8: warning: the variable 'n' has no defaultValue, so each run must give it"),
        dag("vars: {n: {required: false}}"),
        dag(
            "vars: {n: {defaultValue: '{{run.id}}'}}",
            "26: warning: templates in defaults are not filled in; the variable would hold the text as it is"),
    ]

    static let uses = [
        task("params: {p: '{{item}}'}", "38: error: params.p: {{item}}: there is an item only in the params of a task with forEach"),
        task("params: {p: '{{item.a}}'}", "38: error: params.p: {{item.a}}: there is an item only in the params of a task with forEach"),
        task("forEach: '{{index}}'", "35: error: forEach.items: {{index}}: there is an item only in the params of a task with forEach"),
        task(
            "params: {p: '{{run.status}}'}",
            "38: error: params.p: {{run.status}}: how the run ends is known to the tasks of onExit only"),
        task("when: run.status == failed", "32: error: run.status: how the run ends is known to the tasks of onExit only"),
        task("when: env == prod", "32: error: there is no variable \"env\"; add it to vars"),
        task("when: tasks.b.output == 1", "32: error: outputs b: there is no task \"b\"; did you mean 'a'?"),
        task("when: tasks.a.output == 1", "32: error: outputs a: a task cannot use its own output"),
        task("when: []", "32: error: 'when' has no conditions; leave it out to run always"),
        task("when: x", "32: error: expected ==, !=, >, <, >=, <=, in, not in, matches, exists or not exists, found the end"),
        (
            "vars: {c: {defaultValue: a}}\ntasks: [{id: a, action: print, forEach: '{{c}}'}]",
            ["d.yaml:2:41: error: the variable 'c' is not a list; give it 'type: list'"]
        ),
        (
            "vars: {item: {defaultValue: a}}\ntasks:\n- {id: a, action: print, forEach: [1], params: {p: '{{item}}{{vars.item}}'}}\n- {id: b, action: print, params: {p: '{{item}}'}}",
            ["d.yaml:3:52: warning: params.p: {{item}}: this is the item of the fan-out, not the variable; the variable is {{vars.item}}"]
        ),
        (
            "tasks:\n- {id: a, action: print}\n- {id: b, action: print, forEach: '{{tasks.a.output}}', when: tasks.a.output.n > 1}",
            [
                "d.yaml:3:35: error: forEach.items: {{tasks.a.output}}: 'b' does not wait for 'a'; add 'a' to its dependOn",
                "d.yaml:3:63: error: outputs a.n: 'b' does not wait for 'a'; add 'a' to its dependOn",
            ]
        ),
        (
            "tasks:\n- {id: a, action: print, dependOn: x, params: {p: '{{tasks.x.output}}'}}\nonExit:\n- {id: x, action: print}",
            [
                "d.yaml:2:36: error: 'x' is a task of onExit, which starts when all of 'tasks' is over; take it out of dependOn",
                "d.yaml:2:51: error: params.p: {{tasks.x.output}}: 'x' is a task of onExit, which starts when all of 'tasks' is over",
            ]
        ),
        (
            "tasks: [{id: a, action: print}]\nonExit:\n- {id: x, action: print}\n- {id: y, action: print, params: {p: '{{tasks.x.output}} {{tasks.a.output}}'}}",
            ["d.yaml:4:38: error: params.p: {{tasks.x.output}}: 'y' does not wait for 'x'; add 'x' to its dependOn"]
        ),
        (
            "id: me\ntasks: [{id: a, action: dag, params: {dag: me}}]",
            ["d.yaml:2:44: error: the task 'a' would run its own DAG, 'me', without end; name another"]
        ),
    ]

    static let conditions = [
        task(
            "preCheck: {c: {act: skip, conditions: [{source: vars, key: n, op: eq, values: [a, b]}]}}",
            "85: warning: there is no variable \"n\", so the condition never holds",
            "104: error: 'eq' compares with one value, found 2; 'in' takes a list"),
        task("when: [{source: share-data, key: n, op: matches, values: '('}]", "83: error: \"(\" is not a regular expression"),
        task("when: {source: share-data, key: n, op: exists, values: 1}", "81: error: 'exists' takes no values, or \"true\" or \"false\""),
        task(
            "when: {source: run, key: name, op: eq, values: x}",
            "51: error: of a run there are id, dagId, trigger, status, reason, not \"name\""),
        task(
            "when: {source: outputs, key: 'a..b', op: exists}",
            "55: error: \"a..b\" is not the way into an output; write the task first, such as extract.rows[0].name"),
    ]

    @Test("each has a place, a reason and an advice", arguments: values + vars + uses + conditions)
    func table(_ text: String, problems: [String]) {
        let result = DagParser.parse(text, file: "d.yaml", known: known)
        let found = result.problems.map(\.description)
        #expect(Set(found) == Set(problems))
        #expect((result.dag == nil) == problems.contains { $0.contains(": error: ") })
    }

    @Test("a list that is written out is bounded")
    func longList() {
        let text = "tasks: [{id: a, action: print, forEach: [1, 2, 3]}]"
        #expect(
            DagParser.parse(text, file: "d.yaml", limits: DagLimits(maxItems: 2)).problems.map(\.message) == [
                "the list has 3 items, the most is 2"
            ])
    }
}
