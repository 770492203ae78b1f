import Foundation
import KisFlow
import Testing

@testable import ExampleWorker

/// Runs the flight pipelines and the merge, and compares what they wrote with what Python computes from the same files.
struct FlightComparison {
    struct Expected: Decodable {
        struct Statistics: Decodable {
            var flights: Int
            var totalDelay: Int
            var meanDelay: Double
            var p90Delay: Double
            var onTime: Int
            var onTimeShare: Double
        }
        struct Origin: Decodable {
            var flights: Int
            var withoutArrivalDelay: Int
            var missingAirports: [String: Int]
            var carriers: [String: Statistics]
        }
        struct Line: Decodable {
            var carrier: String
            var name: String
            var flights: Int
            var meanDelay: Double
            var onTimeShare: Double
        }
        var origins: [String: Origin]
        var report: [Line]
    }

    let flights: String
    let days: String

    static func params(flights: String, days: String, out: String) -> [String: String] {
        let data = "\(repository)/dags/data"
        return ["flights": flights, "airlines": "\(data)/airlines.csv", "airports": "\(data)/airports.csv", "days": days, "out": out]
    }

    /// - Returns: how many flights there were.
    @discardableResult
    func check(_ catalog: FlowCatalog) async throws -> Int {
        let expected = try await expected()
        return try await withTemporaryFolder { folder in
            let params = Self.params(flights: flights, days: days, out: folder)
            let pipeline = try catalog.flow("FlightDelays")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (origin, expected) in expected.origins {
                    group.addTask {
                        let result = try await pipeline.run(params: params.merging(["origin": origin]) { $1 })
                        try compare(result, with: expected, origin, folder)
                    }
                }
                try await group.waitForAll()
            }
            let merge = try await catalog.flow("MergeReports").run(params: params)
            #expect(merge.status == .completed)
            try compareTable(try read("\(folder)/report.csv"), with: expected.report)
            comparePage(try read("\(folder)/report.md"), with: expected)
            return expected.origins.values.reduce(0) { $0 + $1.flights }
        }
    }

    private func expected() async throws -> Expected {
        let data = "\(repository)/dags/data"
        let script = "\(repository)/Tests/KisFlowTests/Resources/flight_report.py"
        let output = try await Program.run("python3", [script, flights, "\(data)/airlines.csv", "\(data)/airports.csv", days])
        return try JSONDecoder().decode(Expected.self, from: output)
    }

    private func compare(_ result: FlowResult, with expected: Expected.Origin, _ origin: String, _ folder: String) throws {
        let report = try JSONDecoder().decode(OriginReport.self, from: Data(read("\(folder)/delays-\(origin).json").utf8))
        #expect(report.origin == origin && report.days == days)
        #expect(report.flights == expected.flights)
        #expect(report.withoutArrivalDelay == expected.withoutArrivalDelay)
        #expect(report.missingAirports == expected.missingAirports)
        #expect(result.counters["withoutArrivalDelay"] == expected.withoutArrivalDelay)
        #expect(result.counters["missingAirports"] == expected.missingAirports.count)
        #expect(result.functions[1].rejected == expected.withoutArrivalDelay)
        #expect(Set(report.carriers.map(\.carrier)) == Set(expected.carriers.keys))
        for line in report.carriers {
            let wanted = try #require(expected.carriers[line.carrier])
            #expect(line.flights == wanted.flights && line.totalDelay == wanted.totalDelay && line.onTime == wanted.onTime)
            #expect(line.meanDelay == wanted.meanDelay && line.onTimeShare == wanted.onTimeShare)
            #expect(abs(line.p90Delay - wanted.p90Delay) < 1e-9)
        }
    }

    private func compareTable(_ text: String, with expected: [Expected.Line]) throws {
        let lines = text.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
        #expect(lines.first == ["carrier", "name", "flights", "mean_delay", "share_less_than_15_late"])
        #expect(lines.dropFirst().map { $0[0] } == expected.map(\.carrier))
        for (line, wanted) in zip(lines.dropFirst(), expected) {
            #expect(line[1] == wanted.name && line[2] == "\(wanted.flights)")
            #expect(Double(line[3]) == wanted.meanDelay && Double(line[4]) == wanted.onTimeShare)
        }
    }

    private func comparePage(_ text: String, with expected: Expected) {
        let missing = expected.origins.values.reduce(into: [:]) { $0.merge($1.missingAirports, uniquingKeysWith: +) }
        for (airport, flights) in missing { #expect(text.contains("\(airport) \(flights)")) }
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
        #expect(rows.count == expected.report.count)
        for (row, wanted) in zip(rows, expected.report) {
            let mean = String(format: "%.2f", wanted.meanDelay)
            let share = String(format: "%.1f", wanted.onTimeShare * 100)
            #expect(row == "| \(wanted.carrier) | \(wanted.name) | \(wanted.flights) | \(mean) | \(share) % |")
        }
    }
}
