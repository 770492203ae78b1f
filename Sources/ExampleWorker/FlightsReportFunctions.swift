import Foundation
import KisFlow

/// The functions of the flow MergeReports: what the pipelines of the origins saved becomes one report.
///
/// Parameters: `origins` (comma-separated), `days`, `out` (the folder of the origins' reports and of the merged one).
enum FlightReportFunctions {
    static func register(in registry: inout FlowRegistry) throws {
        try registry.function("LoadOriginReports") { try await load($0) }
        try registry.function("MergeCarriers") { (carriers: [CarrierDelay], context: FlowContext) in merge(carriers, context) }
        try registry.function("SaveReportTable") { (lines: [ReportLine], context: FlowContext) in
            try await context.connector.save(lines)
            return .dataReuse
        }
        try registry.function("SaveReportPage") { (lines: [ReportLine], context: FlowContext) in
            let reports = context.cache.value("reports", as: [OriginReport].self) ?? []
            try await context.connector.save(page(lines, reports))
            return .dataReuse
        }
    }

    private static func load(_ context: FlowContext) async throws -> FlowAction {
        let days = try context.param("days")
        var reports: [OriginReport] = []
        for origin in try context.param("origins").split(separator: ",").map(String.init) {
            let saved = try await context.connector.load(OriginReport.self, params: ["origin": origin])
            guard saved.count == 1, saved[0].origin == origin, saved[0].days == days else {
                throw FlowError(.parameter, "the report of \(origin) is not one for \(days); has its pipeline run?")
            }
            reports += saved
        }
        context.cache.set("reports", reports)
        for report in reports { context.commit(contentsOf: report.carriers) }
        return .next
    }

    /// One line a carrier, the one with the most flights first.
    private static func merge(_ carriers: [CarrierDelay], _ context: FlowContext) -> FlowAction {
        let lines = Dictionary(grouping: carriers, by: \.carrier).map { carrier, parts in
            let flights = parts.reduce(0) { $0 + $1.flights }
            return ReportLine(
                carrier: carrier, name: parts[0].name, flights: flights,
                meanDelay: Double(parts.reduce(0) { $0 + $1.totalDelay }) / Double(flights),
                onTimeShare: Double(parts.reduce(0) { $0 + $1.onTime }) / Double(flights))
        }
        context.count("carriers", lines.count)
        context.count("flights", lines.reduce(0) { $0 + $1.flights })
        context.commit(contentsOf: lines.sorted { ($1.flights, $0.carrier) < ($0.flights, $1.carrier) })
        return .next
    }

    /// The report as a Markdown page.
    private static func page(_ lines: [ReportLine], _ reports: [OriginReport]) -> [String] {
        let missing = reports.reduce(into: [String: Int]()) { $0.merge($1.missingAirports, uniquingKeysWith: +) }
        let destinations = missing.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let total = reports.reduce(0) { $0 + $1.flights }
        let dropped = reports.reduce(0) { $0 + $1.withoutArrivalDelay }
        return [
            "# Arrival delays, \(reports.first?.days ?? "no days"), from \(reports.map(\.origin).joined(separator: ", "))",
            "",
            "\(total) departures, \(dropped) of them without an arrival delay and left out.",
            "Flights to destinations that are not in the list of airports: \(destinations.isEmpty ? "none" : destinations).",
            "",
            "| Carrier | Name | Flights | Mean delay (min) | Less than 15 min late |",
            "|---|---|---:|---:|---:|",
        ] + lines.map(row)
    }

    private static func row(_ line: ReportLine) -> String {
        let name = line.name.replacing("|", with: "\\|")
        let mean = String(format: "%.2f", line.meanDelay)
        let share = String(format: "%.1f %%", line.onTimeShare * 100)
        return "| \(line.carrier) | \(name) | \(line.flights) | \(mean) | \(share) |"
    }
}
