@_spi(Benchmarks) import KisConnectors
import KisFlow

/// All flights of a year: verified, joined with the airlines' names, mean and 90th percentile of the delay of each carrier, saved.
enum FlightCases {
    static let all = [
        FlowCase(name: "flights.bare", text: "flights: bare loop, fields only") { setting in
            { try BareCSV.parse(path: setting.flights) }
        },
        FlowCase(name: "flights.typed", text: "flights: bare loop, typed rows", baseline: "flights.bare") { setting in
            let definition = flights(setting)
            let connector = try FileConnector(definition)
            let request = ConnectorRequest(connector: definition, flow: "", function: "", mode: .load, params: [:])
            return {
                var count = 0
                try await connector.load(Flight.self, request) { count += $0.rows.count }
                return count
            }
        },
        FlowCase(name: "flights.flow", text: "flights: delays of each carrier, streaming", baseline: "flights.bare") { setting in
            let flow = try flow(setting)
            return {
                let result = try await flow.run(source: "flights")
                guard result.status == .completed else { throw UnexpectedResult(description: "\(result.status)") }
                return result.rowsRead
            }
        },
    ]

    private static func flow(_ setting: FlowCase.Setting) throws -> Flow {
        var registry = FlowRegistry()
        for type in ["csv", "jsonl"] { try registry.connector(type: type) { try FileConnector($0) } }
        try registry.function("verify") { (flights: [Flight], context: FlowContext) in .dataReuse }
        try registry.function("join") { (flights: [Flight], context: FlowContext) in
            if context.cache.value("airlines", as: [String: String].self) == nil {
                let airlines = try await context.connector.load(Airline.self)
                context.cache.set("airlines", Dictionary(airlines.map { ($0.carrier, $0.name) }, uniquingKeysWith: { first, _ in first }))
            }
            return .dataReuse
        }
        try registry.fold("delays", into: [:] as [String: [Int]]) { (delays: inout [String: [Int]], flights: [Flight], context) in
            for flight in flights { if let delay = flight.arr_delay { delays[flight.carrier, default: []].append(delay) } }
        } finish: { delays, context in
            let names = context.cache.value("airlines", as: [String: String].self) ?? [:]
            context.commit(contentsOf: delays.map { summary($0, names[$0] ?? $0, $1.sorted()) }.sorted { $0.carrier < $1.carrier })
            return .next
        }
        try registry.function("save") { (carriers: [CarrierDelay], context: FlowContext) in
            try await context.connector.save(carriers)
            return .dataReuse
        }
        return try FlowCatalog(configuration(setting), registry: registry).flow("flights")
    }

    private static func configuration(_ setting: FlowCase.Setting) throws -> FlowConfiguration {
        try FlowConfiguration(
            flows: [
                FlowDefinition(
                    name: "flights", steps: [.init("verify"), .init("join"), .init("delays"), .init("save")], source: "flights",
                    batch: BatchPolicy(maxRows: 4_096))
            ],
            functions: [
                FunctionDefinition(name: "verify", mode: .verify, source: .init(must: ["arr_delay"])),
                FunctionDefinition(name: "join", mode: .load, connector: "airlines"),
                FunctionDefinition(name: "delays", mode: .calculate), FunctionDefinition(name: "save", mode: .save, connector: "report"),
            ],
            connectors: [
                flights(setting),
                ConnectorDefinition(name: "airlines", type: "csv", address: setting.airlines),
                ConnectorDefinition(name: "report", type: "jsonl", address: "\(setting.folder)/report.jsonl"),
            ])
    }

    private static func flights(_ setting: FlowCase.Setting) -> ConnectorDefinition {
        ConnectorDefinition(name: "flights", type: "csv", address: setting.flights, params: ["missing": "NA"])
    }

    /// The percentile by linear interpolation: type 7 of Hyndman and Fan (1996).
    private static func summary(_ carrier: String, _ name: String, _ delays: [Int]) -> CarrierDelay {
        let position = 0.9 * Double(delays.count - 1)
        let lower = Int(position)
        let upper = min(lower + 1, delays.count - 1)
        let p90 = Double(delays[lower]) + (position - Double(lower)) * Double(delays[upper] - delays[lower])
        return CarrierDelay(
            carrier: carrier, name: name, flights: delays.count, mean: Double(delays.reduce(0, +)) / Double(delays.count), p90: p90)
    }
}
