import Testing
import Workflow

private let scope = TemplateScope(
    vars: ["env": "prod", "n": "10", "text": "2024-01-31"], shareData: ["a.b": "x"],
    outputs: ["extract": ["rows": [["n": 5], ["n": 7.5]], "ok": true, "none": nil], "load[3]": ["size": 12], "load.v2": 1], runID: "r1",
    dagID: "d1", trigger: "cron", status: "failed", reason: "task 'a' failed")

@Suite("Conditions")
struct ConditionTests {
    @Test(
        "conditions in words hold",
        arguments: [
            "env == prod", "vars.env != test", "n > 9", "n >= 10.0", "n < 1e2", "n <= 10", "n == 10.0", "env in [test, prod]",
            "env not in [test, 'x y']", "text matches \"\\d{4}-\\d\\d-\\d\\d\"", "env exists", "nothing not exists", "shareData.a.b == x",
            "tasks.extract.output.rows[1].n > 7", "tasks.extract.output.rows[0].n == 5", "tasks.extract.output.ok == true",
            "tasks.extract.output.none exists", "tasks.extract.output.rows[2] not exists", "tasks.load.output[3].size == 12",
            "tasks[\"load.v2\"].output == 1", "run.status in [failed, canceled] and run.trigger == cron", "run.reason matches \".*failed\"",
            "env > dev", "n>9 and env==prod", "run.id == 'r1'",
        ])
    func hold(text: String) throws {
        let conditions = try ConditionText.parse(text)
        #expect(conditions.firstFailing(in: scope) == nil)
    }

    @Test(
        "conditions in words do not hold",
        arguments: [
            "env == test", "n > 10", "env matches pro", "nothing != x", "nothing not in [a]", "nothing exists", "env not exists",
            "tasks.extract.output.rows[0].n > 5", "tasks.nobody.output exists", "tasks.extract.output.rows.x exists",
            "env == prod and n < 5", "n == ten",
        ])
    func doNotHold(text: String) throws { #expect(try ConditionText.parse(text).firstFailing(in: scope) != nil) }

    @Test(
        "what is no condition is refused with what was expected",
        arguments: [
            ("", "a condition begins with what is compared, such as vars.env, shareData.x, tasks.a.output.rows or run.trigger"),
            ("env = prod", "'=' is no operator"),
            ("env == ", "expected a value to compare with, found the end"),
            ("env == prod or n > 5", "expected 'and' or the end of the condition, found 'or'; conditions are joined by 'and' only"),
            ("env in prod", "'in' takes a list such as [a, b]"), ("env in [a", "expected ',' or ']' in the list, found the end"),
            ("env == 'a", "a text has no closing '"),
            ("env like x", "expected ==, !=, >, <, >=, <=, in, not in, matches, exists or not exists, found 'like'"),
            ("item.x == 1", "'item.x' cannot be compared: 'when' is looked at once, before there are items"),
            (
                "tasks.a.status == x",
                "of a task only the output can be used: {{tasks.a.output}}; an id with dots in it goes into brackets: tasks[\"a.b\"]"
            ),
        ])
    func refused(text: String, message: String) {
        let error = #expect(throws: ConditionTextError.self) { try ConditionText.parse(text) }
        #expect(error?.message == message)
    }

    @Test("no text crashes the reader, and what it reads can be evaluated")
    func randomTexts() {
        let pieces = [
            "env", "==", "in", "[", "]", ",", "and", "not", "exists", "'", "\"", "\\", "tasks.a.output", "[0]", ".", " ", "é", "!",
            "matches",
        ]
        var state: UInt64 = 5
        for _ in 0..<3_000 {
            var text = ""
            for _ in 0..<8 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(state >> 33) % pieces.count]
            }
            if let conditions = try? ConditionText.parse(text) { _ = conditions.firstFailing(in: scope) }
        }
    }

    @Test("the first check, in written order, of which all conditions hold decides")
    func checks() {
        let checks = [
            PreCheck(name: "a", conditions: [.init(source: .vars, key: "n", op: .greater, values: ["99"])], act: .skip),
            PreCheck(name: "b", conditions: [.init(source: .run, key: "status", op: .equal, values: ["failed"])], act: .block),
            PreCheck(name: "c", conditions: [], act: .skip),
        ]
        #expect(checks.firstHolding(in: scope)?.name == "b")
    }
}

@Suite("Templates of fan-outs and of the end of a run")
struct ItemTemplateTests {
    private func render(_ text: String, _ change: (inout TemplateScope) -> Void = { _ in }) throws -> Value {
        var own = scope
        change(&own)
        return try Template(text).rendered(in: own)
    }

    @Test("items and indexes")
    func items() throws {
        let inItem = { (scope: inout TemplateScope) in (scope.item, scope.index) = (["name": "a", "list": [1, 2]], 4) }
        #expect(try render("{{item}}", inItem) == ["name": "a", "list": [1, 2]])
        #expect(try render("{{item.name}}-{{item.list[1]}}-{{index}}", inItem) == "a-2-4")
        #expect(try render("{{item}}{{index}}") { $0.vars = ["item": "v", "index": "w"] } == "vw")
        let error = #expect(throws: TemplateError.self) { try render("{{item.nam}}", inItem) }
        #expect(error?.message == "the item has no member 'nam'; did you mean 'name'?")
    }

    @Test("facts about the run, those of its end only when it has ended")
    func facts() throws {
        #expect(try render("{{run.trigger}}: {{run.status}}, {{run.reason}}") == "cron: failed, task 'a' failed")
        #expect(throws: TemplateError.self) { try render("{{run.status}}") { $0.status = nil } }
    }

    @Test("an item's output is found where the whole list was too large to keep")
    func largeFanOut() throws {
        #expect(try render("{{tasks.load.output[3].size}}") == 12)
        #expect(throws: TemplateError.self) { try render("{{tasks.load.output[4].size}}") }
        #expect(throws: TemplateError.self) { try render("{{tasks.load.output}}") }
    }

    @Test("a variable of type list is a list")
    func lists() throws {
        let change = { (scope: inout TemplateScope) in (scope.vars["c"], scope.lists) = (#"["a", 1]"#, ["c"]) }
        #expect(try render("{{c}}", change) == ["a", 1])
        #expect(try render("x {{c}}", change) == #"x ["a",1]"#)
    }
}
