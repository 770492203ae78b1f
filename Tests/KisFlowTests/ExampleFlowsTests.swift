import Foundation
import KisConnectors
import KisFlow
import Testing

@testable import ExampleWorker

@Suite("The example flows")
struct ExampleFlowsTests {
    static func catalog() throws -> FlowCatalog {
        var registry = FlowRegistry()
        try registry.registerFileConnectors()
        try registry.registerExecFunctions(directory: "\(repository)/dags/kisflow")
        try FlightFunctions.register(in: &registry)
        try StudentFunctions.register(in: &registry)
        return FlowCatalog(try FlowConfiguration.load(directory: "\(repository)/dags/kisflow"), registry: registry)
    }

    @Test("all flows under dags/kisflow can run")
    func complete() throws {
        let catalog = try Self.catalog()
        #expect(catalog.unavailable.isEmpty)
        #expect(catalog.names == ["CalStuAvgScore12", "CalStuAvgScore3", "CatchUps", "FlightDelays", "MergeReports", "SplitFlights"])
    }

    @Test("what one student flow saves, the other one loads; running both again changes nothing")
    func students() async throws {
        let catalog = try Self.catalog()
        try await withTemporaryFolder { folder in
            let params = ["out": folder]
            for _ in 1...2 {
                let first = try await catalog.flow("CalStuAvgScore12").run(
                    rows: [
                        #"{"stu_id":1,"score_1":88,"score_2":94}"#, #"{"stu_id":2,"score_1":71,"score_2":79}"#, #"{"score_1":1}"#,
                    ],
                    params: params)
                #expect(first.status == .completed)
                #expect(first.functions[0].rejected == 1)
                #expect(try first.rows(as: StudentAverage.self).map(\.average) == [91, 75])
                #expect(try read("\(folder)/score12.jsonl").split(separator: "\n").count == 2)

                let second = try await catalog.flow("CalStuAvgScore3").run(
                    rows: [
                        ["stu_id": FieldValue.int(1), "score_3": .int(97)], ["stu_id": .int(2), "score_3": .int(60)],
                        ["stu_id": .int(7), "score_3": .int(1)],
                    ],
                    params: params)
                #expect(try second.rows(as: StudentAverage.self) == [.init(student: 1, average: 93), .init(student: 2, average: 70)])
                #expect(second.counters == ["studentsWithoutAverage": 1])
            }
        }
    }

    @Test("the report of the first week has the numbers that Python computes", arguments: ["all", "2013-01-01", "2013-01-02..2013-01-05"])
    func sample(days: String) async throws {
        try await FlightComparison(flights: "\(repository)/dags/data/flights-2013-01-week1.csv", days: days).check(Self.catalog())
    }

    @Test("the report of the whole year has the numbers that Python computes")
    func year() async throws {
        let comparison = FlightComparison(flights: try await FlightData.year(), days: "all")
        let flights = try await comparison.check(Self.catalog())
        #expect(flights == 336_776)
    }

    @Test("an origin without flights on a day has a report without carriers")
    func quietOrigin() async throws {
        try await withTemporaryFolder { folder in
            var params = FlightComparison.params(flights: "\(repository)/dags/data/flights-2013-01-week1.csv", days: "all", out: folder)
            params["origin"] = "XXX"
            let result = try await Self.catalog().flow("FlightDelays").run(params: params)
            #expect(result.status == .completed)
            #expect(result.rows.isEmpty)
            let report = try JSONDecoder().decode(OriginReport.self, from: Data(read("\(folder)/delays-XXX.json").utf8))
            #expect(report.flights == 0 && report.carriers.isEmpty)
        }
    }

    @Test(
        "splitting fails on days without flights and on days that are none",
        arguments: ["2014-01-01", "2013-1-1", "2013-02-01..2013-01-01", "../.."])
    func wrongDays(days: String) async throws {
        let flow = try Self.catalog().flow("SplitFlights")
        let error = try await flowError {
            _ = try await flow.run(params: ["flights": "\(repository)/dags/data/flights-2013-01-week1.csv", "days": days])
        }
        #expect(error.kind == .parameter)
        #expect(error.description.contains(days))
    }

    @Test("merging before the pipelines have run names the file that is missing")
    func earlyMerge() async throws {
        try await withTemporaryFolder { folder in
            let flow = try Self.catalog().flow("MergeReports")
            let error = try await flowError { _ = try await flow.run(params: ["out": folder, "days": "all"]) }
            #expect(error.description == "flow MergeReports, function LoadOriginReports: there is no file \(folder)/delays-EWR.json")
        }
    }

    @Test(
        "the 90th percentile interpolates as R's type 7 does",
        arguments: [([5], 5.0), ([1, 2], 1.9), ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 9.1), ([-3, -3, 10], 7.4)])
    func percentile(values: [Int], expected: Double) {
        #expect(abs(DelayStatistics.percentile(0.9, ofSorted: values) - expected) < 1e-12)
    }
}
