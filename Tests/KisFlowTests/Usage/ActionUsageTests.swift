import KisFlow
import Testing

/// 7, flow actions.
@Suite("Usage: actions")
struct ActionUsageTests {
    /// The student flow with a Verify function that answers with an action.
    private static func run(
        _ rows: [StudentScores], verify: @escaping @Sendable ([StudentScores], FlowContext) -> FlowAction
    ) async throws -> (result: FlowResult, printed: [StudentMean]) {
        let students = try StudentFlow()
        var registry = students.registry
        try registry.function("Decide") { (rows: [StudentScores], context: FlowContext) in verify(rows, context) }
        var documents = StudentFlow.documents
        documents["func-Decide.yml"] = StudentFlow.function("Decide", "Verify")
        documents["flow-CalStuAvgScore.yml"] =
            "{kistype: flow, flow_name: CalStuAvgScore, flows: [{fname: Decide}, {fname: AvgStuScore}, {fname: PrintStuAvgScore}]}"
        let flow = try FlowCatalog(FlowConfiguration.parse(documents), registry: registry).flow(StudentFlow.name)
        return (try await flow.run(rows), students.printed.all)
    }

    @Test("7, data reuse: what came in goes on without being committed again")
    func dataReuse() async throws {
        let (result, printed) = try await Self.run([StudentScores(101, 100, 90, 80), StudentScores(102, 90, 90, 60)]) { _, _ in .dataReuse }
        #expect(printed == [StudentMean(101, 90), StudentMean(102, 80)] && result.status == .completed)
    }

    @Test("7, abort: one impossible student ends the flow for all, and the result says where")
    func abort() async throws {
        let (result, printed) = try await Self.run([StudentScores(101, 100, 90, 80), StudentScores(1_001, 1, 1, 1)]) { rows, _ in
            rows.allSatisfy { (0...999).contains($0.student) } ? .dataReuse : .abort
        }
        #expect(printed.isEmpty && result.status == .aborted(at: "Decide") && result.functions.count == 1)
    }

    @Test(
        "7, force entry: without rows the flow ends early, and with it the next function is called with none; rows that are there are kept")
    func forceEntry() async throws {
        let (ended, _) = try await Self.run([StudentScores(101, 100, 90, 80)]) { _, _ in .next }
        #expect(ended.status == .endedEarly(at: "Decide", reason: "Decide gave no rows for the 1 that came in"))
        let (forced, printed) = try await Self.run([StudentScores(101, 100, 90, 80)]) { _, _ in .forceEntryNext }
        #expect(forced.status == .endedEarly(at: "AvgStuScore", reason: "AvgStuScore gave no rows for the 0 that came in"))
        #expect(printed.isEmpty && forced.functions.map(\.rowsIn) == [1, 0])
        let (kept, means) = try await Self.run([StudentScores(101, 100, 90, 80)]) { rows, context in
            context.commit(contentsOf: rows)
            return .forceEntryNext
        }
        #expect(kept.status == .completed && means == [StudentMean(101, 90)])
    }

    @Test("7, jump: the last function sends the rows back to the first; a loop without end fails at the limit instead of running for ever")
    func jump() async throws {
        let students = try StudentFlow()
        let limit = Notes<Int>()
        var registry = students.registry
        try registry.function("Again") { (rows: [StudentMean], context: FlowContext) in
            limit.add(rows.count)
            return limit.all.count == 3 ? .dataReuse : [.dataReuse, .jump(to: "VerifyStu")]
        }
        try registry.function("Forever") { (rows: [StudentMean], context: FlowContext) in [.dataReuse, .jump(to: "AvgStuScore")] }
        var documents = StudentFlow.documents
        for name in ["Again", "Forever"] {
            documents["func-\(name).yml"] = StudentFlow.function(name, "Expand")
            documents["flow-\(name).yml"] =
                "{kistype: flow, flow_name: \(name), flows: [{fname: VerifyStu}, {fname: AvgStuScore}, {fname: \(name)}]}"
        }
        let catalog = FlowCatalog(try FlowConfiguration.parse(documents), registry: registry)
        let result = try await catalog.flow("Again").run([StudentScores(101, 100, 90, 80)])
        #expect(result.functions.map(\.calls) == [3, 3, 3] && limit.all == [1, 1, 1])
        #expect(try result.rows(as: StudentMean.self) == [StudentMean(101, 90)])
        let endless = try catalog.flow("Forever")
        let error = try await flowError {
            _ = try await endless.run([StudentScores(101, 100, 90, 80)], options: RunOptions(maximumJumps: 50))
        }
        #expect(error.kind == .jumpLimit)
    }
}
