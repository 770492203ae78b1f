import KisFlow
import Logging
import MetricsTestKit
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// 9 to 11: rows of other kinds, figures and words.
@Suite("Usage: serializers, metrics, loggers")
struct ObservingUsageTests {
    /// A student a line: number and scores with commas between them.
    struct Lines: RowSerializer {
        struct Malformed: Error, CustomStringConvertible { var description: String { "a line has four numbers" } }

        func bytes<Row: Encodable>(of row: Row) throws -> Data {
            guard let row = row as? StudentScores else { throw Malformed() }
            return Data("\(row.student),\(row.first),\(row.second),\(row.third)".utf8)
        }

        func row<Row: Decodable>(_ type: Row.Type, from bytes: Data) throws -> Row {
            let numbers = String(decoding: bytes, as: UTF8.self).split(separator: ",").compactMap { Int($0) }
            guard numbers.count == 4, let row = StudentScores(numbers[0], numbers[1], numbers[2], numbers[3]) as? Row else {
                throw Malformed()
            }
            return row
        }
    }

    @Test("9, serializers: rows are JSON by default, and what a function says otherwise; a row that does not decode is no zero value")
    func serializers() async throws {
        let students = try StudentFlow()
        var registry = students.registry
        try registry.function("ReadLines", serializer: Lines()) { (rows: [StudentScores], context: FlowContext) in
            context.commit(contentsOf: rows)
            return .next
        }
        var documents = StudentFlow.documents
        documents["func-ReadLines.yml"] = StudentFlow.function("ReadLines", "Verify") + "\noption: {on_error: skip}"
        documents["flow-Lines.yml"] =
            "{kistype: flow, flow_name: Lines, flows: [{fname: ReadLines}, {fname: VerifyStu}, {fname: AvgStuScore}, {fname: PrintStuAvgScore}]}"
        let catalog = FlowCatalog(try FlowConfiguration.parse(documents), registry: registry)
        let result = try await catalog.flow("Lines").run(["101,100,90,80", "102,100", "1001,1,1,1"])
        #expect(students.printed.all == [StudentMean(101, 90)])
        #expect(result.functions[0].failed == 1 && result.functions[0].reasons == ["a line has four numbers": 1])

        let flow = try students.flow()
        let error = try await flowError { _ = try await flow.run([#"{"stu_id":"x"}"#]) }
        #expect(error.kind == .badRow && error.row?.field == "stu_id" && error.function == "VerifyStu")
    }

    @Test("10, metrics: every run counts rows, schedules and durations, by the names of the original")
    func metrics() async throws {
        let metrics = TestMetrics()
        let students = try StudentFlow()
        let flow = try students.flow(
            StudentFlow.documents.merging([
                "kis-flow.yml":
                    "# for all flows\nkistype: global\nprometheus_enable: true\nprometheus_listen: true\nprometheus_serve: 0.0.0.0:20004"
            ]) { old, _ in old })
        for student in 100..<105 {
            _ = try await flow.run([StudentScores(student, 100, 90, 80).json], options: RunOptions(metrics: metrics))
        }
        let ofFlow = [("flow_name", "CalStuAvgScore")]
        #expect(try metrics.expectCounter("kisflow_data_total").totalValue == 5)
        #expect(try metrics.expectCounter("flow_data_total", ofFlow).totalValue == 5)
        #expect(try metrics.expectCounter("flow_schedule_cnts", ofFlow).totalValue == 5)
        #expect(try metrics.expectTimer("flow_run_duration", ofFlow).values.count == 5)
        for (name, mode) in [("VerifyStu", "Verify"), ("AvgStuScore", "Calculate"), ("PrintStuAvgScore", "Expand")] {
            let ofFunction = [("func_name", name), ("func_mode", mode)]
            #expect(try metrics.expectCounter("func_schedule_cnts", ofFunction).totalValue == 5)
            #expect(try metrics.expectTimer("func_run_duration", ofFunction).values.count == 5)
        }
    }

    @Test("11, loggers: a logger of one's own gets what functions say with the run's names, and what the library says when it debugs")
    func logger() async throws {
        let lines = Notes<String>()
        let students = try StudentFlow()
        var registry = students.registry
        try registry.function("Talk") { (rows: [StudentScores], context: FlowContext) in
            context.logger.info("\(rows.count) students")
            return .dataReuse
        }
        var documents = StudentFlow.documents
        documents["func-Talk.yml"] = StudentFlow.function("Talk", "Expand")
        documents["flow-Talk.yml"] = "{kistype: flow, flow_name: Talk, flows: [{fname: Talk}]}"
        let flow = try FlowCatalog(FlowConfiguration.parse(documents), registry: registry).flow("Talk")
        func run(_ level: Logger.Level) async throws {
            var logger = Logger(label: "mine") { _ in LineHandler(lines: lines) }
            logger.logLevel = level
            _ = try await flow.run([StudentScores(1, 1, 1, 1)], options: RunOptions(id: "r1", logger: logger))
        }
        try await run(.info)
        #expect(lines.all == ["info: 1 students [flow=Talk flow_run=r1 function=Talk]"])
        try await run(.debug)
        #expect(lines.all.count > 2 && lines.all[1...].contains { $0.hasPrefix("debug: function finished") })
    }
}
