import KisFlow

/// The functions of the flows FlightDelays and SplitFlights (dags/kisflow/flow).
///
/// Parameters: `flights`, `airlines`, `airports` (paths of CSV files), `days` (see ``FlightDays``), `origin` (all origins when left out), `out` (a folder).
enum FlightFunctions {
    static func register(in registry: inout FlowRegistry) throws {
        try registry.function("LoadFlights") { try await loadFlights($0) }
        try registry.function("CountOrigins") { (flights: [Flight], context: FlowContext) in try countOrigins(flights, context) }
        try registry.function("VerifyFlights") { (flights: [Flight], context: FlowContext) in verify(flights, context) }
        try registry.function("LoadAirlines") { try await loadAirlines($0) }
        try registry.function("LoadAirports") { (flights: [Flight], context: FlowContext) in try await loadAirports(flights, context) }
        try registry.function("CarrierDelays") { (flights: [Flight], context: FlowContext) in calculate(flights, context) }
        try registry.function("SaveOriginReport") { (carriers: [CarrierDelay], context: FlowContext) in try await save(carriers, context) }
        try FlightReportFunctions.register(in: &registry)
    }

    /// Reads the file in batches and keeps the flights of the days and the origin.
    private static func loadFlights(_ context: FlowContext) async throws -> FlowAction {
        let days = try FlightDays(context.param("days"))
        let origin = context.params["origin"]
        var loaded = 0
        try await context.connector.load(Flight.self) { batch in
            let wanted = batch.filter { (origin == nil || $0.origin == origin) && days.contains($0) }
            loaded += wanted.count
            context.commit(contentsOf: wanted)
        }
        context.count("flights", loaded)
        context.cache.set("flights", loaded)
        // A quiet day is no mistake: the report of an origin without flights is written as well.
        return .forceEntryNext
    }

    /// Counts the flights of each origin.
    private static func countOrigins(_ flights: [Flight], _ context: FlowContext) throws -> FlowAction {
        guard !flights.isEmpty else { throw FlowError(.parameter, "there are no flights on \(try context.param("days"))") }
        for flight in flights { context.count("flights.\(flight.origin)") }
        return .dataReuse
    }

    /// The flow has rejected the flights without arrival delay (`must: [arr_delay]`); what is left goes on.
    private static func verify(_ flights: [Flight], _ context: FlowContext) -> FlowAction {
        let loaded = context.cache.value("flights", as: Int.self) ?? flights.count
        context.count("withoutArrivalDelay", loaded - flights.count)
        return [.dataReuse, .forceEntryNext]
    }

    private static func loadAirlines(_ context: FlowContext) async throws -> FlowAction {
        let airlines = try await context.connector.load(Airline.self)
        context.cache.set("airlines", Dictionary(airlines.map { ($0.carrier, $0.name) }, uniquingKeysWith: { first, _ in first }))
        return [.dataReuse, .forceEntryNext]
    }

    /// Counts flights to destinations that the list of airports does not have; they stay in.
    private static func loadAirports(_ flights: [Flight], _ context: FlowContext) async throws -> FlowAction {
        let known = Set(try await context.connector.load(Airport.self).map(\.faa))
        var missing: [String: Int] = [:]
        for flight in flights where !known.contains(flight.dest) { missing[flight.dest, default: 0] += 1 }
        context.count("missingAirports", missing.count)
        context.count("flightsToMissingAirports", missing.values.reduce(0, +))
        context.cache.set("missingAirports", missing)
        return [.dataReuse, .forceEntryNext]
    }

    private static func calculate(_ flights: [Flight], _ context: FlowContext) -> FlowAction {
        let names = context.cache.value("airlines", as: [String: String].self) ?? [:]
        var carriers: [String: DelayStatistics] = [:]
        for flight in flights {
            if let delay = flight.arrivalDelay { carriers[flight.carrier, default: DelayStatistics()].add(delay) }
        }
        for (carrier, statistics) in carriers.sorted(by: { $0.key < $1.key }) {
            if names[carrier] == nil { context.count("unknownAirlines") }
            if let summary = statistics.summary(carrier: carrier, name: names[carrier] ?? carrier) { context.commit(summary) }
        }
        return .forceEntryNext
    }

    private static func save(_ carriers: [CarrierDelay], _ context: FlowContext) async throws -> FlowAction {
        let loaded = context.cache.value("flights", as: Int.self) ?? 0
        let report = OriginReport(
            origin: try context.param("origin"), days: try context.param("days"), flights: loaded,
            withoutArrivalDelay: loaded - carriers.reduce(0) { $0 + $1.flights },
            missingAirports: context.cache.value("missingAirports", as: [String: Int].self) ?? [:], carriers: carriers)
        try await context.connector.save([report])
        return .dataReuse
    }
}
