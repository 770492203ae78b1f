import Testing
import Workflow

@Suite("Rules in a definition")
struct RulesParsingTests {
    private static let text = """
        id: rules
        vars:
          cities: {type: list, defaultValue: [oslo, rome]}
          speed: {type: enum, values: [fast, slow], defaultValue: fast}
          since: {type: duration, required: false}
        retry: {limit: 1}
        timeoutSecs: 2h
        startTimeoutSecs: 600
        worker: {zone: eu, ssd: true}
        priority: -5
        maxConcurrentRuns: 2
        overlap: cancelOther
        maxWaitingRuns: 0
        tasks:
        - id: load
          action: shell
          params: {command: "echo {{item}} {{index}}"}
          forEach: "{{cities}}"
          retry: {limit: 3, backoff: {initial: 500ms, factor: 1.5, max: 1h, jitter: 0}, on: [timeout, refused]}
          timeoutSecs: 1m30s
          totalTimeoutSecs: 1h
          startTimeoutSecs: 10m
          maxLostAttempts: 0
          worker: {gpu: 2}
          spread: true
          pool: db
        - id: report
          action: print
          dependOn: load
          trigger: all_done
          when: speed == fast and tasks.load.output[0].rows > 10
          params: {message: "{{tasks.load.output}}"}
        - id: parts
          action: print
          forEach: {items: [{name: a}, {name: b}], maxParallel: 1, onFailure: finishAll}
          params: {message: "{{item.name}}"}
        onExit:
        - {id: clean, action: print, params: {message: "{{run.status}} {{tasks.report.output}}"}}
        - {id: tell, action: print, dependOn: clean, params: {message: "{{run.reason}}{{tasks.clean.output}}"}}
        """

    @Test("every key is read, and nothing is wrong with it")
    func all() throws {
        let result = DagParser.parse(Self.text, file: "a.yaml", known: known)
        #expect(result.problems.map(\.description) == [])
        let dag = try #require(result.dag)
        #expect(dag.retry == RetryPolicy(limit: 1))
        #expect([dag.timeoutSecs, dag.startTimeoutSecs, dag.priority, dag.maxConcurrentRuns, dag.maxWaitingRuns] == [7200, 600, -5, 2, 0])
        #expect(dag.worker == ["zone": "eu", "ssd": "true"])
        #expect(dag.overlap == .cancelOther)
        #expect(dag.vars["cities"]?.defaultValue == #"["oslo","rome"]"#)
        #expect(dag.listVars == ["cities"])
        let load = dag.tasks[0]
        #expect(
            load.retry
                == RetryPolicy(limit: 3, backoff: .init(initial: 0.5, factor: 1.5, max: 3600, jitter: 0), on: ["timeout", "refused"]))
        #expect(
            [load.timeoutSecs, load.totalTimeoutSecs, load.startTimeoutSecs, load.maxLostAttempts] == [90, 3600, 600, 0])
        #expect(load.forEach == ForEach(items: "{{cities}}"))
        #expect((load.worker, load.spread, load.pool) == (["gpu": "2"], true, "db"))
        #expect(dag.tasks[1].trigger == .allDone)
        #expect(
            dag.tasks[1].when == [
                .init(source: .vars, key: "speed", op: .equal, values: ["fast"]),
                .init(source: .outputs, key: "load[0].rows", op: .greater, values: ["10"]),
            ])
        #expect(dag.tasks[2].forEach == ForEach(items: [["name": "a"], ["name": "b"]], maxParallel: 1, onFailure: .finishAll))
        #expect(dag.onExit?.map(\.id) == ["clean", "tell"])
        #expect(dag.allTasks.map(\.id) == ["load", "report", "parts", "clean", "tell"])
        #expect(try TaskGraph(dag.allTasks).count == 5)
    }

    @Test("what a run needs leaves out tasks that are placed for themselves; those need the DAG's labels and their own")
    func requirements() throws {
        let dag = try #require(DagParser.parse(Self.text, file: "a.yaml").dag)
        #expect(dag.requirements == DagRequirements(actions: ["print"], labels: ["zone": "eu", "ssd": "true"]))
        #expect(
            dag.requirements(of: dag.tasks[0])
                == DagRequirements(actions: ["shell"], labels: ["zone": "eu", "ssd": "true", "gpu": "2"]))
    }

    @Test("a backoff that begins above five minutes has no lower maximum")
    func longBackoff() {
        let dag = DagParser.parse("tasks: [{id: a, action: print, retry: {limit: 1, backoff: {initial: 1h}}}]", file: "a.yaml").dag
        #expect(dag?.tasks[0].retry?.backoff?.max == 3600)
    }

    @Test(
        "times are read",
        arguments: [
            ("90s", 90.0), ("5m", 300), ("1h30m", 5400), ("250ms", 0.25), ("1.5h", 5400), ("2d", 172_800), ("0", 0), ("12.5", 12.5),
            ("1h 30m", 5400),
        ])
    func times(text: String, seconds: Double) throws { #expect(try DurationText.seconds(text) == seconds) }

    @Test(
        "what is no time is refused",
        arguments: ["", "s", "1.2.3s", "-1s", "5 minutes", "1h30", "٣s", "4000d", "99999999999999999999s"])
    func noTimes(text: String) { #expect(throws: DurationText.Mistake.self) { try DurationText.parse(text) } }
}
