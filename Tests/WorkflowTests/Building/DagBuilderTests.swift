import Testing

@testable import Workflow

@Suite("DAGs written in Swift")
struct DagBuilderTests {
    private static let yaml = """
        id: nightly
        name: Nightly
        vars:
          day: {desc: which day, defaultValue: today}
          regions: {type: list, defaultValue: [north, south]}
        retry: {limit: 1}
        priority: 5
        tasks:
        - id: load
          action: shell
          params: {command: "load {{day}} {{item}}", successCodes: [0, 2]}
          forEach: {items: "{{regions}}", maxParallel: 2}
          retry: {limit: 3, backoff: {initial: 2, factor: 2, max: 300, jitter: 0.1}}
        - id: check
          action: print
          dependOn: [load]
          when: day != never and tasks.load.output[0].exitCode == 0
          params: {message: checked}
        - {id: report-a, action: print, dependOn: [load, check], timeoutSecs: 60, params: {message: a, share: 0.5}}
        - {id: report-b, action: print, dependOn: [load, check], timeoutSecs: 60, params: {message: b, share: 0.5}}
        onExit:
        - {id: tell, action: print, params: {message: "ended as {{run.status}}"}}
        """

    private static func built() throws -> Dag {
        try Dag(
            "nightly", name: "Nightly",
            vars: [
                "day": .init(desc: "which day", defaultValue: "today"), "regions": .init(defaultValue: #"["north","south"]"#, type: .list),
            ]
        ) {
            Dag.Task("load", "shell", params: ["command": "load {{day}} {{item}}", "successCodes": [0, 2]])
                .forEach("{{regions}}", maxParallel: 2)
                .retry(limit: 3, backoff: .init(initial: 2))
            try Dag.Task("check", "print", params: ["message": "checked"])
                .after("load")
                .when("day != never and tasks.load.output[0].exitCode == 0")
            for name in ["a", "b"] {
                Dag.Task("report-\(name)", "print", params: ["message": .string(name), "share": 0.5])
                    .after("load", "check", "load")
                    .setting(\.timeoutSecs, 60)
            }
        }
        .onExit {
            Dag.Task("tell", "print", params: ["message": "ended as {{run.status}}"])
        }
        .setting(\.retry, RetryPolicy(limit: 1))
        .setting(\.priority, 5)
    }

    @Test("it is the same value as from YAML, with the same version, and passes the same checks")
    func equal() throws {
        let read = try #require(DagParser.parse(Self.yaml, file: "a.yaml").dag)
        let built = try Self.built().validated()
        #expect(built == read)
        #expect(try built.contentVersion() == read.contentVersion())
    }

    @Test("its checks see all that a definition holds")
    func roundTrip() throws {
        var dag = try Self.built()
        dag.cron = "@daily"
        dag.worker = ["zone": "eu"]
        dag.overlap = .skip
        (dag.timeoutSecs, dag.startTimeoutSecs, dag.maxConcurrentRuns, dag.maxWaitingRuns) = (10, 20, 1, 4)
        dag.vars["e"] = .init(type: .enum, required: false, pattern: ".*", values: ["x"])
        dag.tasks[0].preChecks = [.init(name: "c", conditions: [.init(source: .run, key: "trigger", op: .exists, values: [])], act: .block)]
        dag.tasks[0].onWorkerLost = .fail
        dag.tasks[1].trigger = .allDone
        (dag.tasks[1].totalTimeoutSecs, dag.tasks[1].startTimeoutSecs, dag.tasks[1].maxLostAttempts) = (9, 8, 7)
        (dag.tasks[1].worker, dag.tasks[1].spread, dag.tasks[1].pool) = (["gpu": "1"], true, "p")
        dag.tasks[2].params["all"] = [1, 2.5, true, nil, "5", ["a": []]]
        let log = ProblemLog(file: "f", limit: 10)
        let read = DagReader(log: log, limits: DagLimits()).read(DagTree(dag).root)
        #expect(read?.dag == dag)
        #expect(!log.hasErrors)
    }

    @Test("mistakes name the task, all at once")
    func mistakes() {
        let dag = Dag("d") {
            Dag.Task("a", "print", params: ["message": "{{nothing}}"]).after("b", "c")
            Dag.Task("b", "shell", params: ["comand": "x"]).after("a").retry(limit: -1)
            Dag.Task("b", "print", params: ["x": .double(.nan)])
        }
        let error = #expect(throws: DagValidationError.self) { try dag.validated() }
        #expect(
            error?.problems.sorted() == [
                "task 'a': params.message: {{nothing}}: there is no variable \"nothing\"; add it to vars",
                "task 'a': the tasks depend on each other in a circle, each needed by the next: a -> b -> a; take one dependency out",
                "task 'a': there is no task \"c\" to depend on; did you mean 'a'?",
                "task 'b': 'limit' must be from 0 to 1000, found -1",
                "task 'b': .nan has no place in parameters; put it in quotes to make it a text",
                "task 'b': the action 'shell' has no parameter \"comand\"; did you mean 'command'?",
                "task 'b': the action 'shell' needs the parameter 'command' or 'script'",
                "task 'b': two tasks have the id 'b', the first in task 'b'; rename one",
            ])
        #expect(throws: DagValidationError(dagId: "e", problems: ["the DAG: the DAG has no tasks; it needs at least one"])) {
            try Dag("e") {}.validated()
        }
    }
}
