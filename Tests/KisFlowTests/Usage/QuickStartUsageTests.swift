import Foundation
import KisFlow
import Testing

/// The tutorial's first examples: a flow in code, from files, fed in every way that there is, with parameters and notes.
@Suite("Usage: first steps")
struct QuickStartUsageTests {
    @Test("1, quick start: functions are registered and linked in code, two rows of JSON go in, averages come out")
    func quickStart() async throws {
        let students = try StudentFlow()
        let configuration = try FlowConfiguration(
            flows: [FlowDefinition(name: StudentFlow.name, steps: [.init("AvgStuScore"), .init("PrintStuAvgScore")])],
            functions: [
                FunctionDefinition(name: "AvgStuScore", mode: .calculate), FunctionDefinition(name: "PrintStuAvgScore", mode: .expand),
            ])
        let flow = try FlowCatalog(configuration, registry: students.registry).flow(StudentFlow.name)
        let result = try await flow.run([StudentScores(101, 100, 90, 80).json, StudentScores(102, 100, 70, 59).json])
        #expect(students.printed.all == [StudentMean(101, 90), StudentMean(102, 229.0 / 3)])
        #expect(result.status == .completed && result.functions.map(\.rowsIn) == [2, 2])
    }

    @Test("2, with configuration: a folder of YAML files says the same; exported and loaded again it still does")
    func configured() async throws {
        let students = try StudentFlow()
        try await withTemporaryFolder { folder in
            for (file, text) in StudentFlow.documents { try write(text, to: "\(folder)/\(file)") }
            let configuration = try FlowConfiguration.load(directory: folder)
            try configuration.export(to: "\(folder)/exported")
            #expect(try FlowConfiguration.load(directory: "\(folder)/exported") == configuration)
            let flow = try FlowCatalog(configuration, registry: students.registry).flow(StudentFlow.name)
            _ = try await flow.run([StudentScores(101, 100, 90, 80).json])
        }
        #expect(students.printed.all == [StudentMean(101, 90)])
    }

    @Test("3, commit: rows come one by one and in lists, as JSON, as values and as values of another type, in one run and in their order")
    func commit() async throws {
        struct Other: Codable {
            var stu_id: Int
            var score_1 = 60
            var score_2 = 60
            var score_3 = 60
        }
        let students = try StudentFlow()
        // Rows of several types come from a function; the rows of a run may be of any one type.
        var registry = students.registry
        try registry.function("Feed") { (context: FlowContext) in
            context.commit(StudentScores(103, 100, 90, 80).json)
            context.commit(contentsOf: [StudentScores(104, 90, 90, 90).json, StudentScores(105, 80, 80, 80).json])
            context.commit(StudentScores(106, 80, 81, 82))
            context.commit(contentsOf: [StudentScores(107, 82, 83, 84), StudentScores(1_008, 0, 0, 0)])
            context.commit(Other(stu_id: 109))
            context.commit(Data(StudentScores(110, 1, 2, 3).json.utf8))
            context.commit(["stu_id": 111, "score_1": 70, "score_2": 70, "score_3": 70])
            return .next
        }
        let configuration = try FlowConfiguration.parse(StudentFlow.documents)
        let feed = FunctionDefinition(name: "Feed", mode: .expand)
        let flows = configuration.flows.map { flow in
            FlowDefinition(name: flow.name, steps: [.init("Feed")] + flow.steps)
        }
        let fed = try FlowConfiguration(flows: flows, functions: configuration.functions + [feed])
        let flow = try FlowCatalog(fed, registry: registry).flow(StudentFlow.name)
        let result = try await flow.run()
        #expect(students.printed.all.map(\.student) == [103, 104, 105, 106, 107, 109, 110, 111])
        #expect(students.printed.all.map(\.mean) == [90, 90, 80, 81, 83, 60, 2, 70])
        #expect(result.functions.map(\.rowsOut) == [9, 8, 8, 0])
    }

    @Test("3, commit: what one run was given is gone in the next")
    func runsAreApart() async throws {
        let students = try StudentFlow()
        let flow = try students.flow()
        _ = try await flow.run([StudentScores(1, 3, 3, 3)])
        _ = try await flow.run([StudentScores(2, 6, 6, 6)])
        #expect(students.printed.all == [StudentMean(1, 3), StudentMean(2, 6)])
    }

    @Test("4, functions: a function sees its own definition, its default parameters under the flow's, and notes that outlive the run")
    func functions() async throws {
        let seen = Notes<[String]>()
        var registry = FlowRegistry()
        try registry.function("AvgStuScore") { (context: FlowContext) in
            let runs = (context.metadata.value("num", as: Int.self) ?? 0) + 1
            context.metadata.set("num", runs)
            seen.add([
                context.function.name, context.function.mode.rawValue, context.function.source.must.joined(),
                try context.param("school"), context.params["country"] ?? "", "\(context.rowCount)", "\(runs)",
            ])
            return .next
        }
        try registry.function("PrintStuAvgScore") { _ in
            Issue.record("a function without rows ended the flow before")
            return .next
        }
        let flow =
            "{kistype: flow, flow_name: CalStuAvgScore, flows: [{fname: AvgStuScore, params: {country: NL}}, {fname: PrintStuAvgScore}]}"
        let function = StudentFlow.function("AvgStuScore", "Calculate") + "\noption: {default_params: {school: Delft, country: BE}}"
        let configuration = try FlowConfiguration.parse([
            "flow.yml": flow, "avg.yml": function, "print.yml": StudentFlow.function("PrintStuAvgScore", "Expand"),
        ])
        let calculate = try FlowCatalog(configuration, registry: registry).flow("CalStuAvgScore")
        // The original keeps a function's notes with the flow; here whoever starts the runs decides how long they last.
        let notes = Metadata()
        for _ in 1...3 {
            let result = try await calculate.run(options: RunOptions(metadata: notes))
            #expect(result.status == .endedEarly(at: "AvgStuScore", reason: "AvgStuScore gave no rows for the 0 that came in"))
        }
        #expect(seen.all == (1...3).map { ["AvgStuScore", "Calculate", "stu_id", "Delft", "NL", "0", "\($0)"] })
    }
}
