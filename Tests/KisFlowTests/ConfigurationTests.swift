import Foundation
import KisFlow
import Testing

@Suite("Configuration in YAML")
struct ConfigurationTests {
    static let flow = """
        kistype: flow
        status: 1
        flow_name: Orders
        flows:
          - fname: Check
            params: {country: NL, limit: 10, strict: true}
          - fname: Store
          - fname: Check
        """
    static let functions = """
        kistype: func
        fname: Check
        fmode: Verify
        source:
          name: orders
          must: [order_id, user_id]
        option:
          default_params: {limit: 5}
          on_error: skip
        ---
        kistype: func
        fname: Store
        fmode: Save
        source: {name: orders}
        option:
          cname: Cache
          retry_times: 3
          return_duration: 200
        """
    static let connector = """
        kistype: conn
        cname: Cache
        addrs: '127.0.0.1:6379,127.0.0.1:6380'
        type: redis
        key: orders
        params:
          db: 3
        load: null
        save:
          - Store
        """
    static let global = """
        kistype: global
        prometheus_enable: true
        prometheus_listen: false
        prometheus_serve: 0.0.0.0:20004
        """

    static let documents = ["flow.yml": flow, "functions.yml": functions, "connector.yml": connector, "global.yml": global]

    @Test("flow, func, conn and global load with everything that they say")
    func loads() throws {
        let configuration = try FlowConfiguration.parse(Self.documents)
        let steps: [FlowDefinition.Step] = [
            .init("Check", params: ["country": "NL", "limit": "10", "strict": "true"]), .init("Store"), .init("Check"),
        ]
        #expect(configuration.flows == [FlowDefinition(name: "Orders", steps: steps)])
        #expect(
            configuration.functions == [
                FunctionDefinition(
                    name: "Check", mode: .verify, source: .init(name: "orders", must: ["order_id", "user_id"]),
                    defaultParams: ["limit": "5"],
                    onError: .skip),
                FunctionDefinition(
                    name: "Store", mode: .save, source: .init(name: "orders"), connector: "Cache", retryTimes: 3, retryDuration: 200),
            ])
        #expect(
            configuration.connectors == [
                ConnectorDefinition(
                    name: "Cache", type: "redis", address: "127.0.0.1:6379,127.0.0.1:6380", key: "orders", params: ["db": "3"],
                    save: ["Store"])
            ])
        #expect(configuration.global == GlobalDefinition(prometheusEnable: true, prometheusServe: "0.0.0.0:20004"))
    }

    @Test("the older spelling with ids loads, and references may use ids")
    func olderSpelling() throws {
        let configuration = try FlowConfiguration.parse([
            "flow.yml": "{kistype: flow, flow_id: Orders, flows: [{fid: f-1}, {fid: Store}]}",
            "f1.yml": "{kistype: func, fid: f-1, fname: Check, fmode: V}",
            "f2.yml": "{kistype: func, fid: Store, fmode: save, option: {cid: c-1, retry_duration: 7}}",
            "c1.yml": "{kistype: conn, cid: c-1, cname: Cache, type: redis}",
        ])
        #expect(configuration.flows.first?.name == "Orders")
        #expect(configuration.flows.first?.steps.map(\.function) == ["Check", "Store"])
        #expect(configuration.functions.map(\.mode) == [.verify, .save])
        #expect(configuration.functions[1].connector == "Cache")
        #expect(configuration.functions[1].retryDuration == 7)
    }

    @Test("a disabled flow loads even if its functions are gone")
    func disabledFlow() throws {
        let configuration = try FlowConfiguration.parse(["f.yml": "{kistype: flow, status: 0, flow_name: Old, flows: [{fname: Gone}]}"])
        #expect(configuration.flows.map(\.isEnabled) == [false])
    }

    @Test("all mistakes of all files come at once, in order, with file, line and column")
    func allMistakes() throws {
        let error = #expect(throws: FlowError.self) {
            try FlowConfiguration.parse([
                "a.yml": "kistype: flow\nstats: 1\nflow_name: A\nflows:\n  - fname: Chek\n    parms: {a: 1}\n  - fnam: x\n",
                "b.yml": "kistype: func\nfname: Check\nfmode: Verfy\noption:\n  retry_times: many\n  cname: nowhere\n",
                "c.yml": "kistype: conn\n  a: [\n",
                "d.yml": "kistype: flaw\n",
                "e.yml": "kistype: func\nfname: Check\nfmode: Load\n",
                "f.yml": "fname: x\nfname: y\n",
                "g.yml": "- 1\n",
                "h.yml": "# nothing\n",
            ])
        }
        #expect(
            error?.issues.map(\.description) == [
                #"a.yml:2:1: unknown key "stats", did you mean "status"?"#,
                #"a.yml:5:5: flow "A" uses function "Chek", which no file defines, did you mean "Check"?"#,
                #"a.yml:6:5: unknown key "parms", did you mean "params"?"#,
                "a.yml:7:5: fname is missing",
                #"a.yml:7:5: unknown key "fnam", did you mean "fname"?"#,
                #"b.yml:3:8: unknown fmode "Verfy", did you mean "Verify"?: one of Verify, Save, Load, Calculate, Expand"#,
                "b.yml:5:16: retry_times must be a whole number",
                "c.yml:2:4: mapping values are not allowed in this context",
                #"d.yml:1:10: unknown kistype "flaw", did you mean "flow"?"#,
                #"e.yml:1:1: function "Check" is defined more than once, first in b.yml:1"#,
                #"e.yml:1:1: function "Check" uses connector "nowhere", which no file defines"#,
                #"f.yml:1:1: the key "fname" is given more than once"#,
                "g.yml:1:1: a KisFlow document must be a mapping of keys to values",
                "h.yml: the file has no content",
            ])
    }

    @Test("nesting that is too deep is a mistake, not a crash", arguments: ["[", "{a: ", "- "])
    func deepNesting(opening: String) {
        let error = #expect(throws: FlowError.self) { try FlowConfiguration.parse(["deep.yml": String(repeating: opening, count: 50_000)]) }
        #expect(error?.issues.count == 1)
    }

    @Test("a folder is walked with its folders; files that are no YAML are left alone")
    func folder() async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/a/b", withIntermediateDirectories: true)
            for (file, text) in Self.documents { try write(text, to: "\(folder)/a/b/\(file)") }
            try write("no yaml: [", to: "\(folder)/notes.txt")
            #expect(try FlowConfiguration.load(directory: folder) == FlowConfiguration.parse(Self.documents))

            try Data([0xFF, 0xFE]).write(to: URL(filePath: "\(folder)/binary.yaml"))
            try write(String(repeating: "#", count: (1 << 20) + 1), to: "\(folder)/large.yaml")
            let error = #expect(throws: FlowError.self) { try FlowConfiguration.load(directory: folder) }
            let messages = try #require(error?.issues.map(\.message))
            #expect(messages == ["the file is not UTF-8", "the file has 1048577 bytes, more than 1048576"])
        }
    }

    @Test("a folder that is not there is named")
    func noFolder() {
        let error = #expect(throws: FlowError.self) { try FlowConfiguration.load(directory: "/no/such/folder") }
        #expect(error?.description == "/no/such/folder: there is no such folder")
    }

    @Test("export and import give an equal configuration", arguments: 0..<40)
    func roundTrip(seed: UInt64) async throws {
        var generator = ConfigurationGenerator(seed: seed)
        let configuration = try generator.configuration()
        try await withTemporaryFolder { folder in
            try configuration.export(to: "\(folder)/new")
            #expect(try FlowConfiguration.load(directory: "\(folder)/new") == configuration, "seed \(seed)")
        }
    }
}
