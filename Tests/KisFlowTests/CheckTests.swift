import KisFlow
import Testing

@Suite("Checking a configuration")
struct CheckTests {
    private static let documents = [
        "flows.yml": """
        kistype: flow
        status: 1
        flow_name: Orders
        source: Bad
        flows:
          - fname: Check
          - fname: Score
        ---
        kistype: flow
        status: 1
        flow_name: Empty
        """,
        "functions.yml": """
        kistype: func
        fname: Check
        fmode: Verify
        option:
          on_error: {dead_letter: Bad}
        ---
        kistype: func
        fname: Score
        fmode: Calculate
        type: exec
        ---
        kistype: func
        fname: Left
        fmode: Save
        command: [cat]
        """,
        "connectors.yml": """
        kistype: conn
        cname: Bad
        type: jsonl
        addrs: bad.jsonl
        ---
        kistype: conn
        cname: Other
        """,
    ]

    @Test("what no worker can run is an error, what looks wrong a warning, each with its place")
    func mistakes() {
        let check = FlowCheck(Self.documents)
        #expect(
            check.errors.map(\.description) == [
                "flows.yml:9:1: flow \"Empty\" has no functions; list them under flows",
                "functions.yml:7:1: function \"Score\" of type exec has no command, such as command: [python3, score.py]",
            ])
        #expect(
            check.warnings.map(\.description) == [
                "connectors.yml:6:1: connector \"Other\" is used by no function and no flow",
                "connectors.yml:6:1: connector \"Other\" has no type: only a worker with a connector of its own under this name can use it",
                "functions.yml:1:1: function \"Check\" sends dead letters to connector \"Bad\", the source of flow \"Orders\"",
                "functions.yml:12:1: function \"Left\" is used by no flow",
                "functions.yml:12:1: function \"Left\" (Save) has no connector; name one under option.cname",
                "functions.yml:12:1: function \"Left\" has a command that nothing runs; add type: exec",
            ])
    }

    @Test("mistakes of single files and warnings are found together")
    func together() {
        var documents = Self.documents
        documents["broken.yml"] = "kistype: func\nfname: X\nfmode: Guess\n"
        let check = FlowCheck(documents)
        #expect(check.errors.first?.file == "broken.yml")
        #expect(check.errors.count == 3)
        #expect(check.warnings.count == 7)
    }

    @Test("functions and connectors without code are errors where they are defined, with the name that may be meant")
    func missingCode() async throws {
        var registry = FlowRegistry()
        try registry.function("Chek") { _ in .next }
        let check = await FlowCheck(Self.documents).with(registry)
        let messages = check.errors.map(\.description)
        #expect(messages.contains("functions.yml:1:1: function \"Check\" is not registered, did you mean \"Chek\"?"))
        #expect(messages.contains("functions.yml:7:1: type \"exec\" of function \"Score\" is not registered"))
        #expect(messages.contains("connectors.yml:1:1: type \"jsonl\" of connector \"Bad\" is not registered"))
        #expect(!messages.contains { $0.contains("Left") })
    }

    @Test("a flow whose code is there and does not take its parameters is an error")
    func brokenFlow() async throws {
        var registry = FlowRegistry()
        try registry.function(type: "exec") { _ in throw FlowError(.parameter, "parameter timeout is odd") }
        let check = await FlowCheck([
            "a.yml": "kistype: func\nfname: A\nfmode: Expand\ntype: exec\ncommand: [cat]\n",
            "flow.yml": "kistype: flow\nstatus: 1\nflow_name: F\nflows: [{fname: A}]\n",
        ]).with(registry)
        #expect(check.errors.map(\.file) == ["flow.yml"])
        #expect(check.errors.first?.message.contains("parameter timeout is odd") == true)
    }

    @Test("a plan names what belongs together and hides passwords")
    func plan() throws {
        let check = FlowCheck([
            "flow.yml": """
            kistype: flow
            status: 1
            flow_name: F
            flows: [{fname: A, params: {day: 3, api_token: abc}}]
            """,
            "a.yml": """
            kistype: func
            fname: A
            fmode: Save
            option: {cname: Store, default_params: {day: 1}}
            """,
            "store.yml": "kistype: conn\ncname: Store\ntype: redis\naddrs: 'redis://me:secret@host:6379'\nkey: k\n",
        ])
        let plan = try #require(check.plans.first)
        #expect(plan.functions.map(\.name) == ["A"])
        #expect(plan.functions.first?.params == ["day": "3", "api_token": "***"])
        #expect(plan.functions.first?.connector?.place == "redis://***@host:6379 k")
    }
}
