import KisConnectors
import KisFlow
import Synchronization
import Testing

/// 8, connectors: two flows, joined by what the first one saves and the second one loads, in a real Redis.
@Suite("Usage: connectors", .enabled(if: RedisServer.isInstalled, RedisServer.hint))
struct ConnectorUsageTests {
    struct FirstScores: Codable, Sendable {
        var stu_id: Int
        var score_1: Double
        var score_2: Double
    }

    struct ThirdScore: Codable, Sendable {
        var stu_id: Int
        var score_3: Double
        var avg_score_1_2: Double?
    }

    private static let first = [#"{"stu_id":101,"score_1":100,"score_2":90}"#, #"{"stu_id":102,"score_1":100,"score_2":80}"#]
    private static let third = [#"{"stu_id":101,"score_3":80}"#, #"{"stu_id":102,"score_3":70}"#, #"{"stu_id":103,"score_3":1}"#]

    private static func documents(_ connector: String) -> [String: String] {
        let functions = [
            ("VerifyStu", "Verify"), ("AvgStuScore12", "Calculate"), ("SaveScoreAvg12", "Save"), ("LoadScoreAvg12", "Load"),
            ("AvgStuScore3", "Calculate"), ("PrintStuAvgScore", "Expand"),
        ]
        var documents = Dictionary(
            uniqueKeysWithValues: functions.map { name, mode in
                let option = mode == "Save" || mode == "Load" ? "\noption:\n    cname: Score12Cache" : ""
                return ("func/func-\(name).yml", StudentFlow.function(name, mode) + option)
            })
        documents["conn/conn-Score12Cache.yml"] = connector
        documents["flow/flow-CalStuAvgScore-1-2.yml"] = """
            kistype: flow
            status: 1
            flow_name: CalStuAvgScore12
            flows:
                - fname: VerifyStu
                - fname: AvgStuScore12
                - fname: SaveScoreAvg12
                - fname: PrintStuAvgScore
            """
        documents["flow/flow-CalStuAvgScore-3.yml"] =
            "{kistype: flow, flow_name: CalStuAvgScore3, flows: [{fname: VerifyStu}, {fname: LoadScoreAvg12}, {fname: AvgStuScore3}, {fname: PrintStuAvgScore}]}"
        return documents
    }

    /// All functions but the two that use the connector.
    private static func registry(_ printed: Notes<StudentMean>) throws -> FlowRegistry {
        var registry = FlowRegistry()
        try registry.function("VerifyStu") { (rows: [[String: FieldValue]], context: FlowContext) in
            let isGood = rows.allSatisfy { row in
                if case .int(0...999) = row["stu_id"] { true } else { false }
            }
            return isGood ? .dataReuse : .abort
        }
        try registry.map("AvgStuScore12") { (row: FirstScores, _: FlowContext) in StudentMean(row.stu_id, (row.score_1 + row.score_2) / 2) }
        try registry.map("AvgStuScore3") { (row: ThirdScore, _: FlowContext) in
            row.avg_score_1_2.map { StudentMean(row.stu_id, (row.score_3 + $0 * 2) / 3) }
        }
        try registry.function("PrintStuAvgScore") { (rows: [StudentMean], context: FlowContext) in
            for row in rows { printed.add(row) }
            return .dataReuse
        }
        return registry
    }

    private static func runBoth(_ catalog: FlowCatalog) async throws -> FlowResult {
        #expect(catalog.unavailable.isEmpty)
        #expect(try await catalog.flow("CalStuAvgScore12").run(first).status == .completed)
        return try await catalog.flow("CalStuAvgScore3").run(third)
    }

    @Test("8, connector: the library's Redis connector, one hash for each student, as the original's commands write them")
    func library() async throws {
        let printed = Notes<StudentMean>()
        try await RedisServer.run { server in
            var registry = try Self.registry(printed)
            try registry.registerConnectors()
            try registry.function("SaveScoreAvg12") { (rows: [StudentMean], context: FlowContext) in
                try await context.connector.save(rows)
                return .dataReuse
            }
            try registry.function("LoadScoreAvg12") { (rows: [ThirdScore], context: FlowContext) in
                let means = try await context.connector.load(StudentMean.self)
                let known = Dictionary(means.map { ($0.student, $0.mean) }) { first, _ in first }
                context.commit(contentsOf: rows.map { ThirdScore(stu_id: $0.stu_id, score_3: $0.score_3, avg_score_1_2: known[$0.stu_id]) })
                return .next
            }
            let connector = """
                kistype: conn
                cname: Score12Cache
                addrs: '\(server.address)'
                type: redis
                key: 'stu_score12_avg_{{stu_id}}'
                params: {kind: hash}
                """
            let catalog = FlowCatalog(try FlowConfiguration.parse(Self.documents(connector)), registry: registry)
            let result = try await Self.runBoth(catalog)
            #expect(result.functions.map(\.rowsOut) == [3, 3, 2, 2])
            #expect(try await server.send("HGET", "stu_score12_avg_101", "avg_score") == "95")
            await catalog.close()
        }
        #expect(printed.all == [StudentMean(101, 95), StudentMean(102, 90), StudentMean(101, 90), StudentMean(102, 250.0 / 3)])
    }

    @Test("8, connector: a client of one's own, made once for the connector, with code for each function that saves or loads")
    func ownClient() async throws {
        let printed = Notes<StudentMean>()
        let started = Notes<String>()
        try await RedisServer.run { server in
            var registry = try Self.registry(printed)
            try registry.connector(
                RoutedConnector { definition in
                    started.add("\(definition.name) \(definition.address)")
                    return server
                }
                .saving("SaveScoreAvg12") { (rows: [StudentMean], redis, request) in
                    for row in rows { try await redis.send("HSET", "\(request.connector.key)\(row.student)", "avg_score", "\(row.mean)") }
                }
                .loading("LoadScoreAvg12") { redis, request in
                    let text = try await redis.send("HGET", request.connector.key + (request.params["student"] ?? ""), "avg_score")
                    return Double(text).map { [$0] } ?? []
                },
                named: "Score12Cache")
            try registry.function("SaveScoreAvg12") { (rows: [StudentMean], context: FlowContext) in
                try await context.connector.save(rows)
                return .dataReuse
            }
            try registry.function("LoadScoreAvg12") { (rows: [ThirdScore], context: FlowContext) in
                for row in rows {
                    let mean = try await context.connector.load(Double.self, params: ["student": "\(row.stu_id)"]).first
                    context.commit(ThirdScore(stu_id: row.stu_id, score_3: row.score_3, avg_score_1_2: mean))
                }
                return .next
            }
            let connector = "kistype: conn\ncname: Score12Cache\naddrs: '\(server.socket)'\ntype: redis\nkey: stu_score12_avg_"
            let catalog = FlowCatalog(try FlowConfiguration.parse(Self.documents(connector)), registry: registry)
            #expect(try await Self.runBoth(catalog).functions.map(\.rowsOut) == [3, 3, 2, 2])
            #expect(started.all == ["Score12Cache \(server.socket)"])
        }
        #expect(printed.all == [StudentMean(101, 95), StudentMean(102, 90), StudentMean(101, 90), StudentMean(102, 250.0 / 3)])
    }

    @Test(
        "12 to 14, queues: a Redis stream is read in batches; a second run with the checkpoint of the first reads only what has come since")
    func redisStream() async throws {
        let students = try StudentFlow()
        var registry = students.registry
        try registry.registerConnectors()
        try await RedisServer.run { server in
            func send(_ students: Range<Int>) async throws {
                for student in students {
                    try await server.send("XADD", "scores", "*", "row", StudentScores(student, student, student, student).json)
                }
            }
            let kept = Mutex<FlowCheckpoint?>(nil)
            let source = """
                {kistype: conn, cname: SourceStuScore, type: redis, addrs: '\(server.address)', key: scores, params: {kind: stream}}
                """
            let catalog = FlowCatalog(try FlowConfiguration.parse(QueueUsageTests.documents(source: source)), registry: registry)
            let flow = try catalog.flow(StudentFlow.name)
            func run() async throws -> FlowResult {
                let checkpoints = StreamOptions.Checkpoints(resume: kept.withLock { $0 }, interval: .zero) { new in
                    kept.withLock { $0 = new }
                }
                return try await flow.run(source: nil, StreamOptions(checkpoints: checkpoints))
            }
            try await send(0..<25)
            #expect(try await run().rowsRead == 25)
            try await send(25..<40)
            let second = try await run()
            #expect(second.rowsRead == 40 && second.functions.map(\.rowsIn) == [40, 40, 40])
            #expect(students.printed.all == (0..<40).map { StudentMean($0, Double($0)) })
            await catalog.close()
        }
    }
}
