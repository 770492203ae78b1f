import TestSupport
import Testing
import Workflow

private let scope = TemplateScope(
    vars: ["fileName": "a.csv", "out-dir": "/tmp", "tasks": "a variable", "sneaky": "{{fileName}}"],
    shareData: ["key": "shared", "a.b": "dotted", "key.Value": "kept"],
    outputs: [
        "extract": ["rows": [["name": "x"], 2], "mean": 1.0, "none": nil, "0": "zero"], "delays-EWR": 5, "load.v2": "loaded",
        "text": "plain",
    ],
    runID: "r1", dagID: "d1")

@Suite("Templates")
struct TemplateTests {
    @Test(
        "each form stands for its value",
        arguments: [
            ("{{fileName}}", "a.csv"), ("{{ fileName }}", "a.csv"), ("{{vars.fileName}}", "a.csv"), ("{{.vars.fileName.Value}}", "a.csv"),
            ("{{ vars.fileName.Value }}", "a.csv"), ("{{\n\t.vars.out-dir.Value}}", "/tmp"), ("{{vars[\"fileName\"]}}", "a.csv"),
            ("{{out-dir}}", "/tmp"), ("{{tasks}}", "a variable"), ("{{shareData.key}}", "shared"), ("{{.shareData.key}}", "shared"),
            ("{{shareData.a.b}}", "dotted"), ("{{shareData[\"a.b\"]}}", "dotted"), ("{{shareData.key.Value}}", "kept"),
            ("{{tasks.extract.output.rows}}", [["name": "x"], 2]), ("{{tasks.extract.output.rows[0].name}}", "x"),
            ("{{tasks.extract.output.rows.1}}", 2), ("{{tasks.extract.output.0}}", "zero"), ("{{tasks.extract.output.none}}", nil),
            ("{{tasks.extract.output.mean}}", 1.0), ("{{tasks.delays-EWR.output}}", 5), ("{{tasks[\"load.v2\"].output}}", "loaded"),
            ("{{run.id}}", "r1"), ("{{run.dagId}}", "d1"), ("{{\"{{\"}}", "{{"), ("{{\"{{\"}}fileName}}", "{{fileName}}"),
            ("{{\"}}\"}}", "}}"),
            (#"{{"a\"b\\c\n"}}"#, "a\"b\\c\n"),
        ] as [(String, Value)])
    func forms(text: String, value: Value) throws {
        #expect(try Template(text).rendered(in: scope) == value)
    }

    @Test(
        "inside a longer text values become text, lists and objects compact JSON with sorted keys",
        arguments: [
            ("", ""), ("no template", "no template"), ("a { b } }} c", "a { b } }} c"), ("{{fileName}}{{run.id}}", "a.csvr1"),
            (" {{fileName}}", " a.csv"),
            ("n={{tasks.delays-EWR.output}}", "n=5"),
            ("{\"a\":{{tasks.extract.output}}}", #"{"a":{"0":"zero","mean":1.0,"none":null,"rows":[{"name":"x"},2]}}"#),
            ("ü{{fileName}}é", "üa.csvé"), ("{{fileName}}}", "a.csv}"), ("{{sneaky}}!", "{{fileName}}!"),
            ("{{tasks.text.output}}.", "plain."),
        ])
    func interpolation(text: String, result: String) throws {
        #expect(try Template(text).rendered(in: scope) == .string(result))
    }

    @Test(
        "an unknown name is an error that says which, and the nearest",
        arguments: [
            ("{{fileNam}}", "{{fileNam}}: the run has no variable 'fileNam'; did you mean 'fileName'?"),
            ("{{ shareData.kye }}", "{{ shareData.kye }}: no finished task has set the share data 'kye'; did you mean 'key'?"),
            ("{{tasks.extrac.output}}", "{{tasks.extrac.output}}: there is no output of a task 'extrac'; did you mean 'extract'?"),
            ("{{tasks.extract.output.row}}", "{{tasks.extract.output.row}}: the output has no member 'row'; did you mean 'rows'?"),
            (
                "{{tasks.extract.output.rows[2]}}",
                "{{tasks.extract.output.rows[2]}}: '2' is not a position in a list of 2; positions count from 0"
            ),
            (
                "{{tasks.extract.output.rows.-1}}",
                "{{tasks.extract.output.rows.-1}}: '-1' is not a position in a list of 2; positions count from 0"
            ),
            ("{{tasks.delays-EWR.output.x}}", "{{tasks.delays-EWR.output.x}}: 'x' asks for a part of an integer, which has none"),
        ])
    func unknown(text: String, message: String) {
        let error = #expect(throws: TemplateError.self) { try Template("a " + text).rendered(in: scope) }
        #expect(error?.description == message)
    }

    private static let literal = #"A literal {{ is written {{"{{"}}"#
    private static let shape = "it is a name such as {{fileName}} or {{tasks.extract.output.rows[0]}}. " + literal

    @Test(
        "what is not a template is an error that says what is",
        arguments: [
            ("{{}}", "{{}}: this is not a template; \(shape)"), ("{{ }}", "{{ }}: this is not a template; \(shape)"),
            ("x {{a b}} y", "{{a b}}: this is not a template; \(shape)"), ("{{a", "{{a: the template has no closing }}; \(shape)"),
            ("{{a}", "{{a}: the template has no closing }}; \(shape)"), ("{{a..b}}", "{{a..b}}: this is not a template; \(shape)"),
            ("{{a.}}", "{{a.}}: this is not a template; \(shape)"), ("{{a[0}}", "{{a[0}}: this is not a template; \(shape)"),
            ("{{\"a}}", "{{\"a}}: the template has no closing }}; \(shape)"), ("{{if .x}}", "{{if .x}}: this is not a template; \(shape)"),
            (
                "{{tasks.a.status}}",
                "{{tasks.a.status}}: of a task only the output can be used: {{tasks.a.output}}; an id with dots in it goes into brackets: tasks[\"a.b\"]"
            ),
            (
                "{{tasks.a}}",
                "{{tasks.a}}: of a task only the output can be used: {{tasks.a.output}}; an id with dots in it goes into brackets: tasks[\"a.b\"]"
            ),
            ("{{run.name}}", "{{run.name}}: of a run there are {{run.id}}, {{run.dagId}}, {{run.trigger}}, {{run.status}}, {{run.reason}}"),
            ("{{vars.a.b}}", "{{vars.a.b}}: a variable is a text and has no parts; write {{vars.a}}"),
            ("{{.Names}}", "{{.Names}}: there is nothing named '.Names'; a variable is {{Names}}. \(literal)"),
            (
                "{{var.a}}",
                "{{var.a}}: a template is a variable's name or begins with vars, shareData, tasks, run or item, not with 'var'; did you mean 'vars'?"
            ),
            (
                "{{Labels.a}}",
                "{{Labels.a}}: a template is a variable's name or begins with vars, shareData, tasks, run or item, not with 'Labels'; \(literal)"
            ),
        ])
    func malformed(text: String, message: String) {
        let error = #expect(throws: TemplateError.self) { try Template(text) }
        #expect(error?.description == message)
    }

    @Test("a value is rendered all the way down, keys are left alone, types are kept")
    func wholeValue() throws {
        let value: Value = ["{{fileName}}": ["{{tasks.delays-EWR.output}}", ["x": "{{fileName}}!"], 1, true, nil], "plain": "{ }"]
        let rendered = try value.rendered(in: scope)
        #expect(rendered == ["{{fileName}}": [5, ["x": "a.csv!"], 1, true, nil], "plain": "{ }"])
    }

    @Test("an error carries the path of its parameter")
    func path() {
        let value: Value = ["files": ["a", "b", ["name": "{{nothing}}"]]]
        #expect(throws: TemplateError(path: "params.files[2].name", template: "{{nothing}}", message: "the run has no variable 'nothing'"))
        {
            try value.rendered(in: scope)
        }
        let odd: Value = ["a b": ["{{"]]
        let error = #expect(throws: TemplateError.self) { try odd.rendered(in: scope, path: ValuePath("p")) }
        #expect(error?.path == "p[\"a b\"][0]")
    }

    @Test("what templates add is bounded")
    func budget() {
        var small = scope
        small.maxRenderedBytes = 20
        #expect(throws: Never.self) { try Value(stringLiteral: "{{fileName}}{{fileName}}").rendered(in: small) }
        let error = #expect(throws: TemplateError.self) {
            try (["{{fileName}}", "{{fileName}}", "{{fileName}}"] as Value).rendered(in: small)
        }
        #expect(
            error?.description == "params[2]: {{fileName}}: the rendered parameters are larger than 20 bytes; hand large data on by file")
    }

    @Test("references are found without rendering")
    func references() {
        let scan = (["a": "{{x}} {{tasks.t.output.r}}", "b": ["{{", "{{shareData.k}}"], "c": 1] as Value).templateReferences()
        #expect(
            scan.uses == [
                .init(path: ValuePath("params", [.key("a")]), reference: .init(.variable("x"), source: "{{x}}")),
                .init(
                    path: ValuePath("params", [.key("a")]),
                    reference: .init(.output(task: "t", path: ["r"]), source: "{{tasks.t.output.r}}")),
                .init(path: ValuePath("params", [.key("b"), .index(1)]), reference: .init(.shareData("k"), source: "{{shareData.k}}")),
            ])
        #expect(scan.failures.map(\.error.path) == ["params.b[0]"])
    }

    @Test("any text survives, written with quoted braces; and no text crashes the parser")
    func randomTexts() throws {
        var random = SeededGenerator(seed: 99)
        let pieces = [
            "{{", "}}", "{", "}", "\"", "\\", "a", ".", "[", "]", "0", " ", "vars", "tasks", "output", "é", "\u{0}", "run.id", "👩‍🚀", "-",
        ]
        for _ in 0..<3_000 {
            let text = (0..<Int.random(in: 0...12, using: &random)).compactMap { _ in pieces.randomElement(using: &random) }.joined()
            let escaped = text.split(separator: "{", omittingEmptySubsequences: false).joined(separator: "{{\"{\"}}")
            #expect(try Template(escaped).rendered(in: scope) == .string(text))
            do throws(TemplateError) {
                let template = try Template(text)
                if !Template.isPresent(in: text) { #expect(template.references.isEmpty) }
            } catch {
                #expect(text.contains("{{"))
            }
        }
    }

    @Test("JSON text is compact, sorted and escaped")
    func json() {
        let value: Value = ["b": [1, -2.5, true, nil], "a": "q\"\\\n\t\r\u{1}é", "B": [:], "n": .double(.nan), "e": 1e300]
        #expect(value.compactJSON == #"{"B":{},"a":"q\"\\\n\t\r\u0001é","b":[1,-2.5,true,null],"e":1e+300,"n":null}"#)
    }
}
