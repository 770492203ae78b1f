import Foundation
import KisFlow
import Testing

/// The examples of docs/kisflow.md: each stands here as well, so that it compiles and does what the guide says.
@Suite("The KisFlow guide")
struct DocumentationTests {
    struct Average: Codable { var stu_id: Int, average: Double }

    private static func guide() throws -> String { try read("\(repository)/docs/kisflow.md") }

    /// The code blocks of a language, with their lines' indentation taken away.
    private static func blocks(_ language: String) throws -> [String] {
        try guide().components(separatedBy: "\n```\(language)\n").dropFirst().compactMap { $0.components(separatedBy: "\n```").first }
    }

    private static func unindented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }.joined(
            separator: "\n")
    }

    @Test("every Swift example of the guide is code of these tests")
    func swift() throws {
        let tests = Self.unindented(try read(#filePath))
        let blocks = try Self.blocks("swift")
        #expect(blocks.count == 8)
        let missing = blocks.filter { !tests.contains("\n\(Self.unindented($0))\n") }
        #expect(missing.isEmpty)
    }

    @Test("the YAML of the guide is one configuration, and it can be exported and read again")
    func yaml() throws {
        let documents = try Self.blocks("yaml").filter { $0.hasPrefix("kistype") }
        let configuration = try FlowConfiguration.parse(["guide.yml": documents.joined(separator: "\n---\n")])
        #expect(documents.count == 3 && configuration.flows.map(\.name) == ["Grades"])
        #expect(configuration.functions.map(\.name) == ["CheckScore", "KeepMeans", "MeanScore", "Rank"])
        #expect(try FlowConfiguration.parse(configuration.yaml()) == configuration)
    }

    @Test("a link within the guide leads to a heading")
    func links() throws {
        let guide = try Self.guide()
        let headings = guide.split(separator: "\n").filter { $0.hasPrefix("## ") }.map {
            $0.dropFirst(3).lowercased().replacing(" ", with: "-")
        }
        for link in guide.matches(of: /\]\(#([a-z-]+)\)/) { #expect(headings.contains(String(link.1)), "\(link.1)") }
    }

    @Test("the first flow")
    func firstFlow() async throws {
        struct Scores: Codable { var stu_id: Int, score_1: Double, score_2: Double }
        struct Average: Codable { var stu_id: Int, average: Double }

        var registry = FlowRegistry()
        try registry.map("AvgStuScore") { (row: Scores, _: FlowContext) in
            Average(stu_id: row.stu_id, average: (row.score_1 + row.score_2) / 2)
        }
        let configuration = try FlowConfiguration.parse([
            "flows.yml": """
            {kistype: flow, flow_name: CalStuAvgScore, flows: [{fname: AvgStuScore}]}
            ---
            {kistype: func, fname: AvgStuScore, fmode: Calculate}
            """
        ])
        let flow = try FlowCatalog(configuration, registry: registry).flow("CalStuAvgScore")
        let result = try await flow.run([#"{"stu_id": 1, "score_1": 88, "score_2": 94}"#])
        let averages = try result.rows(as: Average.self)  // one row: stu_id 1, average 91
        #expect(averages.map(\.stu_id) == [1] && averages.map(\.average) == [91])
    }

    @Test("rows that were left out are fed back in")
    func rerun() async throws {
        let store = MemoryConnector()
        var test = TestFlow()
        try test.registry.connector(named: "bad") { _ in store }
        test.connector(ConnectorDefinition(name: "bad", type: "memory"))
        try test.map(FunctionDefinition(name: "score", mode: .calculate, onError: .deadLetter("bad"))) {
            (row: Score, _: FlowContext) -> Double? in row.score
        }
        let flow = try test.flow()
        _ = try await flow.run([#"{"id":1,"score":2}"#, #"{"id":2,"scor":3}"#])
        var letters = try store.rows(as: DeadLetter.self)
        letters[0].row = .object(["id": .int(2), "score": .int(3)])
        let results = try await flow.rerun(letters)
        #expect(try results.map { try $0.rows(as: Double.self) } == [[3]])
    }

    @Test("a stream, and a fold")
    func stream() async throws {
        let averages = Notes<Double>()
        let lines = AsyncStream { continuation in
            for number in 1...1_200 { continuation.yield(#"{"id":\#(number % 2),"score":\#(number % 2)}"#) }
            continuation.finish()
        }
        var registry = FlowRegistry()
        try registry.fold("MeanScore", into: [Int: [Double]]()) { (scores: inout [Int: [Double]], rows: [Score], _: FlowContext) in
            for row in rows { scores[row.id, default: []].append(row.score) }
        } finish: { scores, context in
            for (id, scores) in scores.sorted(by: { $0.key < $1.key }) {
                context.commit(Average(stu_id: id, average: scores.reduce(0, +) / Double(scores.count)))
            }
            return .next
        }
        let flow = try Self.flow("MeanScore", registry)
        let result = try await flow.run(stream: lines, StreamOptions(batch: BatchPolicy(maxRows: 500), parallelism: 2)) { rows in
            for average in try rows.values(as: Average.self) { averages.add(average.average) }
        }
        #expect(averages.all == [0, 1] && result.batches == 3 && result.rowsRead == 1_200)
    }

    @Test("checkpoints are kept, and another run goes on behind the last")
    func checkpoints() async throws {
        let kept = Notes<Data>()
        let seen = Notes<String>()
        var test = TestFlow()
        try test.registry.connector(named: "numbers") { _ in ListConnector(rows: (1...3_000).map { "\($0)" }) }
        test.connector(ConnectorDefinition(name: "numbers", type: "list"))
        test.source("numbers")
        try test.add("look") { (rows: [String], context: FlowContext) in
            seen.add(rows[0])
            return .dataReuse
        }
        let flow = try test.flow()
        func run(_ saved: FlowCheckpoint?) async throws -> FlowResult {
            let checkpoints = StreamOptions.Checkpoints(resume: saved, interval: .zero) { checkpoint in  // after every batch
                kept.add(try JSONEncoder().encode(checkpoint))
            }
            let result = try await flow.run(source: nil, StreamOptions(checkpoints: checkpoints))
            return result
        }
        _ = try await run(nil)
        #expect(kept.all.count == 3)
        let second = try await run(JSONDecoder().decode(FlowCheckpoint.self, from: kept.all[1]))
        #expect(seen.all == ["1", "1001", "2001", "2001"] && second.rowsRead == 3_000)
    }

    @Test("a store with a client of its own")
    func routed() async throws {
        var registry = FlowRegistry()
        try registry.connector(
            RoutedConnector { definition in ScoreStore(address: definition.address) }
                .saving("SaveScores") { (rows: [Score], store, request) in try await store.put(rows) }
                .loading("LoadScores") { store, request in try await store.all() },
            named: "ScoreStore")
        try registry.function("SaveScores") { (rows: [Score], context: FlowContext) in
            try await context.connector.save(rows)
            return .forceEntryNext
        }
        try registry.function("LoadScores") { (context: FlowContext) in
            context.commit(contentsOf: try await context.connector.load(Score.self))
            return .next
        }
        let configuration = try FlowConfiguration(
            flows: [FlowDefinition(name: "f", steps: [.init("SaveScores"), .init("LoadScores")])],
            functions: [
                FunctionDefinition(name: "SaveScores", mode: .save, connector: "ScoreStore"),
                FunctionDefinition(name: "LoadScores", mode: .load, connector: "ScoreStore"),
            ],
            connectors: [ConnectorDefinition(name: "ScoreStore", type: "own", address: "here")])
        let flow = try FlowCatalog(configuration, registry: registry).flow("f")
        #expect(try await flow.run([Score(id: 1, score: 2)]).rows(as: Score.self) == [Score(id: 1, score: 2)])
    }

    @Test("a function with a session")
    func session() async throws {
        var registry = FlowRegistry()
        try registry.function("rank", Ranking())
        let result = try await registry.run("rank", on: [3, 1, 2], params: ["model": "descending"])
        #expect(try result.rows(as: Int.self) == [3, 2, 1])
    }

    @Test("a function is tried on rows")
    func trying() async throws {
        var registry = FlowRegistry()
        try registry.map("double") { (row: Int, _: FlowContext) in row * 2 }
        #expect(try await registry.run("double", on: [1, 2]).rows(as: Int.self) == [2, 4])
    }

    private static func flow(_ name: String, _ registry: FlowRegistry) throws -> Flow {
        let configuration = try FlowConfiguration(
            flows: [FlowDefinition(name: name, steps: [.init(name)])], functions: [FunctionDefinition(name: name, mode: .calculate)])
        return try FlowCatalog(configuration, registry: registry).flow(name)
    }
}

private actor ScoreStore {
    let address: String
    private var scores: [Score] = []

    init(address: String) {
        self.address = address
    }

    func put(_ rows: [Score]) async throws { scores += rows }

    func all() async throws -> [Score] { scores }
}

private struct RankingModel: FunctionSession {
    static func open(_ name: String) async throws -> RankingModel { RankingModel() }

    func call(_ rows: FlowRows, _ context: FlowContext) async throws -> FlowAction {
        context.commit(contentsOf: try rows.values(as: Int.self).sorted(by: >))
        return .next
    }

    func close() async {}
}

struct Ranking: ScopedFunction {
    func withSession(_ context: FlowContext, _ body: (any FunctionSession) async throws -> Void) async throws {
        let model = try await RankingModel.open(context.param("model"))
        try await body(model)
        await model.close()
    }
}
