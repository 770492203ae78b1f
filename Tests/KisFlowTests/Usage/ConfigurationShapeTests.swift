import KisFlow
import Testing

/// Files as the original has them and as it writes them, in every shape that its repositories hold.
@Suite("Usage: shapes of YAML")
struct ConfigurationShapeTests {
    @Test(
        "files as people write them: comments, four or two spaces, no option, no params, quotes, a null list, and no line break at the end")
    func handwritten() throws {
        let configuration = try FlowConfiguration.parse([
            "kis-flow.yml":
                "#for all flows\nkistype: global\n#metrics\nprometheus_enable: true\n\nprometheus_listen: true\nprometheus_serve: 0.0.0.0:20004",
            "conn/conn-Store1.yml": """
            kistype: conn
            cname: Store1
            addrs: '0.0.0.0:9988,0.0.0.0:9999'
            type: redis
            key: redis-key
            params:
              args1: value1
            load: null
            save:
              - keep
            """,
            "conn/conn-Store2.yml": "kistype: conn\ncname: Store2\naddrs: '127.0.0.1:6379'\ntype: redis\nkey: score_",
            "flow/flow-a.yml": "kistype: flow\nstatus: 1\nflow_name: a\nflows:\n    - fname: check\n    - fname: keep\n",
            "flow/flow-b.yml": """
            kistype: flow
            status: 1
            flow_name: b
            flows:
              - fname: check
                params:
                  myKey1: flowValue1-1
                  myKey2: flowValue1-2
              - fname: keep
            """,
            "func/func-check.yml":
                "kistype: func\nfname: check\nfmode: Verify\nsource:\n    name: 成績\n    must:\n        - order_id\n        - user_id\n",
            "func/func-keep.yml": """
            kistype: func
            fname: keep
            fmode: Save
            source:
              name: orders
              must:
                - order_id
            option:
              cname: Store1
              default_params:
                default1: keep_param1
            """,
            "func/func-unused.yml": "kistype: func\nfname: unused\nfmode: Load\noption:\n    cname: Store2",
        ])
        #expect(configuration.flows.map(\.name) == ["a", "b"])
        #expect(
            configuration.flows[1].steps == [.init("check", params: ["myKey1": "flowValue1-1", "myKey2": "flowValue1-2"]), .init("keep")])
        #expect(configuration.functions.map(\.name) == ["check", "keep", "unused"])
        #expect(configuration.functions[0].source == .init(name: "成績", must: ["order_id", "user_id"]))
        #expect(configuration.functions[1].connector == "Store1" && configuration.functions[1].defaultParams == ["default1": "keep_param1"])
        #expect(configuration.connectors[0].load.isEmpty && configuration.connectors[0].save == ["keep"])
        #expect(configuration.connectors[1].params.isEmpty)
        #expect(configuration.global == GlobalDefinition(prometheusEnable: true, prometheusListen: true, prometheusServe: "0.0.0.0:20004"))
    }

    @Test("files as the original exports them: empty maps and lists, an empty cname, return_duration, a function that is listed twice")
    func exported() throws {
        let configuration = try FlowConfiguration.parse([
            "conn-Store1.yaml": """
            kistype: conn
            cname: Store1
            addrs: 0.0.0.0:9988,0.0.0.0:9999
            type: redis
            key: redis-key
            params:
                args1: value1
            load: []
            save:
                - keep
                - keep
            """,
            "flow-a.yaml":
                "kistype: flow\nstatus: 1\nflow_name: a\nflows:\n    - fname: check\n      params: {}\n    - fname: keep\n      params: {}\n",
            "func-check.yaml": """
            kistype: func
            fname: check
            fmode: Verify
            source:
                name: orders
                must:
                    - order_id
            option:
                cname: ""
                retry_times: 0
                return_duration: 0
                default_params: {}
            """,
            "func-keep.yaml": """
            kistype: func
            fname: keep
            fmode: Save
            source:
                name: orders
                must: []
            option:
                cname: Store1
                retry_times: 3
                return_duration: 250
                default_params: {}
            """,
        ])
        #expect(configuration.functions.map(\.connector) == [nil, "Store1"])
        #expect(configuration.functions.map(\.retryDuration) == [0, 250])
        #expect(configuration.connectors[0].save == ["keep", "keep"])
    }

    @Test("files of the older spelling, with ids; a disabled flow and the functions that only it names")
    func older() async throws {
        let configuration = try FlowConfiguration.parse([
            "flow.yml": "kistype: flow\nstatus: 1\nflow_id: a\nflow_name: a\nflows:\n  - fid: check\n  - fid: keep\n",
            "off.yml": "kistype: flow\nstatus: 0\nflow_id: off\nflow_name: off\nflows:\n  - fid: gone\n",
            "check.yml": "kistype: func\nfid: check\nfname: check\nfmode: Verify\nsource:\n  name: orders\n  must: [order_id]\n",
            "keep.yml":
                "kistype: func\nfid: keep\nfname: keep\nfmode: Save\noption:\n  cid: Store1\n  retry_times: 3\n  retry_duration: 300\n",
            "conn.yml": "kistype: conn\ncid: Store1\ncname: Store1\naddrs: 0.0.0.0:9988\ntype: redis\nkey: k\nload: null\nsave: [keep]\n",
        ])
        #expect(configuration.flows.map(\.isEnabled) == [true, false])
        #expect(configuration.functions.map(\.name) == ["check", "keep"] && configuration.functions[1].connector == "Store1")
        let catalog = FlowCatalog(configuration, registry: FlowRegistry())
        #expect(try await catalog.flow("off").run([1]).status == .disabled)
        #expect(Array(catalog.unavailable.keys) == ["a"])
    }
}
