import KisFlow
import Testing

/// Verification, flows side by side, and copies of flows.
@Suite("Usage: flows")
struct FlowUsageTests {
    @Test(
        "5, flow: a Verify function leaves out students that cannot be, rows without stu_id never reach it, and parameters are each function's own"
    )
    func verify() async throws {
        let students = try StudentFlow()
        let flow = try students.flow()
        let result = try await flow.run([
            StudentScores(101, 100, 90, 80).json, StudentScores(1_001, 100, 70, 60).json, #"{"score_1":1,"score_2":2,"score_3":3}"#,
        ])
        #expect(students.printed.all == [StudentMean(101, 90)])
        #expect(result.functions[0].rowsIn == 3 && result.functions[0].rejected == 1 && result.functions[0].rowsOut == 1)
        #expect(result.functions[0].reasons == ["field stu_id: missing": 1])
        #expect(flow.definition.steps.map { $0.params["school"] } == ["Delft", "Leiden", nil])
    }

    @Test("6, in parallel: one flow runs many times at once, each run with rows of its own")
    func oneFlowAtOnce() async throws {
        let students = try StudentFlow()
        let flow = try students.flow()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    // The second of them is left out by VerifyStu.
                    let result = try await flow.run([StudentScores(number, number, number, number), StudentScores(number + 1_000, 0, 0, 0)])
                    #expect(result.functions.map(\.rowsIn) == [2, 1, 1])
                }
            }
            try await group.waitForAll()
        }
        #expect(Set(students.printed.all) == Set((0..<100).map { StudentMean($0, Double($0)) }))
        #expect(students.printed.all.count == 100)
    }

    @Test("6, in parallel: several flows of one catalogue share functions and run at once")
    func severalFlowsAtOnce() async throws {
        let students = try StudentFlow()
        var documents = StudentFlow.documents
        for name in ["A", "B", "C"] {
            documents["flow-\(name).yml"] = "{kistype: flow, flow_name: \(name), flows: [{fname: AvgStuScore}, {fname: PrintStuAvgScore}]}"
        }
        let catalog = FlowCatalog(try FlowConfiguration.parse(documents), registry: students.registry)
        #expect(catalog.names == ["A", "B", "C", "CalStuAvgScore"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, name) in catalog.names.enumerated() {
                group.addTask { _ = try await catalog.flow(name).run([StudentScores(number, 3, 3, 3)]) }
            }
            try await group.waitForAll()
        }
        #expect(Set(students.printed.all.map(\.student)) == [0, 1, 2, 3])
    }

    /// A flow is a value: there is nothing to copy before it runs a second time, and a copy that is changed changes nothing else.
    @Test(
        "forks: a copy has the parameters of every function, also of one that stands twice, and copies that are extended leave the flow as it was"
    )
    func forks() async throws {
        var test = TestFlow()
        try test.registry.function("tag") { (rows: [String], context: FlowContext) in
            let all = context.paramsOfAllFunctions.map { "\($0.function):\($0.params["myKey1"] ?? "")" }.joined(separator: " ")
            context.commit(contentsOf: rows.map { "\($0)>\(context.params["myKey1"] ?? "")" })
            context.metadata.set("all", all)
            return .next
        }
        test.functions.append(FunctionDefinition(name: "tag", mode: .calculate, defaultParams: ["myKey1": "default"]))
        test.use("tag", params: ["myKey1": "flowValue1-1"])
        test.use("tag", params: ["myKey1": "flowValue3-1"])
        test.use("tag")
        let flow = try test.flow()
        let copy = flow
        let longer = try copy.appending("tag", params: ["myKey1": "later"])
        let notes = Metadata()
        let rows = [#""row""#]
        #expect(
            try await copy.run(rows, options: RunOptions(metadata: notes)).rows(as: String.self) == [
                "\"row\">flowValue1-1>flowValue3-1>default"
            ])
        #expect(notes.value("all", as: String.self) == "tag:flowValue1-1 tag:flowValue3-1 tag:default")
        #expect(try await longer.run(rows).rows(as: String.self) == ["\"row\">flowValue1-1>flowValue3-1>default>later"])
        #expect(try await flow.run(rows).functions.count == 3)
    }

    @Test("forks: a flow that was linked in code and its copies run at once")
    func linkedForks() async throws {
        var test = TestFlow()
        try test.registry.map("add") { (row: Int, context: FlowContext) in row + (Int(try context.param("by")) ?? 0) }
        test.functions.append(FunctionDefinition(name: "add", mode: .calculate))
        test.use("add", params: ["by": "1"])
        let flow = try test.flow()
        let copies = try (0..<20).map { try flow.appending("add", params: ["by": "\($0 * 100)"]) }
        try await withThrowingTaskGroup(of: (Int, [Int]).self) { group in
            for (number, copy) in copies.enumerated() {
                group.addTask { (number, try await copy.run([number]).rows(as: Int.self)) }
            }
            for try await (number, rows) in group { #expect(rows == [number + 1 + number * 100]) }
        }
    }
}
