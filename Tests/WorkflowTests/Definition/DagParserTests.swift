import Testing
import Workflow

/// The whole of what a definition may hold, as fastflow's users write it.
let sample = """
    id: "test-dag"
    name: "test"
    desc: shows all keys
    vars:
      fileName:
        desc: "the file name"
        defaultValue: "file.txt"
      count:
        defaultValue: 3
      strict: {defaultValue: true}
      zip: {defaultValue: 007}
    status: normal
    tasks:
    - id: "task1"
      name: First
      actionName: "print"
      timeoutSecs: 30
      params:
        writeName: "{{fileName}}"
        old: '{{.vars.fileName.Value}} {{.shareData.key}}'
        list: [1, 2.5, true, null, "5", {deep: [x]}]
    - id: task2
      action: shell
      dependOn: task1
      params: {command: "true"}
      preCheck:
        zebra:
          act: skip
          conditions:
          - source: vars
            key: fileName
            op: in
            values: ["warn.txt", 5]
        alpha:
          act: block
          conditions:
          - {source: share-data, key: k, op: not-in, values: [a]}
    - id: task3
      actionName: print
      dependOn: ["task1", "task2"]
      params: {message: "{{tasks.task1.output.rows[0]}} of {{run.id}}"}
    """

@Suite("Parsing a DAG")
struct DagParserTests {
    @Test("all keys of fastflow's format are read")
    func wholeFormat() throws {
        let result = DagParser.parse(sample, file: "dags/a.yaml", known: known)
        #expect(result.problems.map(\.description) == [])
        let dag = try #require(result.dag)
        #expect(dag.id == "test-dag")
        #expect(dag.name == "test")
        #expect(dag.desc == "shows all keys")
        #expect(dag.vars["fileName"] == Dag.Var(desc: "the file name", defaultValue: "file.txt"))
        #expect(dag.vars.mapValues(\.defaultValue) == ["fileName": "file.txt", "count": "3", "strict": "true", "zip": "007"])
        #expect(dag.tasks.map(\.id) == ["task1", "task2", "task3"])
        #expect(dag.tasks.map(\.actionName) == ["print", "shell", "print"])
        #expect(dag.tasks.map(\.dependOn) == [[], ["task1"], ["task1", "task2"]])
        #expect(dag.tasks[0].timeoutSecs == 30)
        #expect(dag.tasks[0].name == "First")
        #expect(dag.tasks[0].params["list"] == [1, 2.5, true, nil, "5", ["deep": ["x"]]])
        #expect(
            dag.tasks[1].preChecks == [
                PreCheck(
                    name: "zebra", conditions: [.init(source: .vars, key: "fileName", op: .isIn, values: ["warn.txt", "5"])], act: .skip),
                PreCheck(name: "alpha", conditions: [.init(source: .shareData, key: "k", op: .isNotIn, values: ["a"])], act: .block),
            ])
    }

    @Test("a DAG without id is named after its file", arguments: ["daily.yaml", "dags/daily.yml", "/srv/dags/daily.yaml", "daily"])
    func idFromFile(file: String) {
        #expect(DagParser.parse("tasks: [{id: a, action: print}]", file: file).dag?.id == "daily")
    }

    @Test("fastflow's README, with an id in a list, loads with a warning")
    func readmeOfFastflow() {
        let text = """
            id: "test-dag"
            name: "test"
            tasks:
            - id: "task1"
              actionName: "PrintAction"
            - id: ["task2"]
              actionName: "PrintAction"
              dependOn: ["task1"]
            """
        let result = DagParser.parse(text, file: "readme.yaml")
        #expect(result.dag?.tasks.map(\.id) == ["task1", "task2"])
        #expect(result.problems.map(\.description) == ["readme.yaml:6:7: warning: the id is a list; write it as a text: id: task2"])
    }

    @Test("anchors, merges and a byte order mark are understood")
    func anchors() throws {
        let text = """
            \u{FEFF}tasks:
            - &first
              id: a
              action: print
              params: {list: &list [1, 2], again: *list}
            - <<: *first
              id: b
            """
        let dag = try #require(DagParser.parse(text, file: "a.yaml").dag)
        #expect(dag.tasks.map(\.id) == ["a", "b"])
        #expect(dag.tasks[1].params == ["list": [1, 2], "again": [1, 2]])
        #expect(dag.tasks[1].actionName == "print")
    }

    @Test(
        "plain scalars follow YAML 1.2",
        arguments: [
            ("yes", "yes"), ("on", "on"), ("true", true), ("False", false), ("~", nil), ("null", nil), ("12", 12), ("-0", 0), ("+7", 7),
            ("007", "007"),
            ("0x1F", 31), ("0o17", 15), ("1.5", 1.5), (".5", 0.5), ("-1.e2", -100.0), ("1e3", 1000.0), ("1.2.3", "1.2.3"), ("1e", "1e"),
            ("-", "-"),
            ("--1", "--1"), (".", "."), ("+.", "+."), ("2013-01-01", "2013-01-01"), ("12:30", "12:30"), ("1_000", "1_000"), ("'12'", "12"),
            ("!!str 12", "12"), ("!!int '12'", 12), ("9223372036854775807", 9_223_372_036_854_775_807),
        ] as [(String, Value)])
    func scalars(text: String, value: Value) {
        let dag = DagParser.parse("tasks: [{id: a, action: print, params: {p: [\(text)]}}]", file: "a.yaml").dag
        #expect(dag?.tasks[0].params["p"] == [value])
    }

    @Test("a large DAG is parsed and checked, with a template in each task")
    func largeDag() {
        let tasks = (0..<2_000).map { number in
            number == 0
                ? "- {id: t0, action: print}"
                : "- {id: t\(number), action: print, dependOn: t\(number - 1), params: {p: '{{tasks.t\(number / 2).output}}'}}"
        }
        let result = DagParser.parse("id: large\ntasks:\n" + tasks.joined(separator: "\n"), file: "a.yaml")
        #expect(result.problems == [])
        #expect(result.dag?.tasks.count == 2_000)
    }

    @Test("a parsed DAG makes a graph and has a version")
    func graph() throws {
        let dag = try #require(DagParser.parse(sample, file: "a.yaml").dag)
        #expect(try TaskGraph(dag.tasks).count == 3)
        #expect(try dag.contentVersion().count == 32)
    }
}

let known = KnownActions(builtIn: ["print", "wait", "ff-waiting", "shell", "kisflow", "http", "dag"])
