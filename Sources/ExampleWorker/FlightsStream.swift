import KisFlow

/// The functions of the flow FlightStream: a fold over all flights of a stream, and what saves its result.
enum FlightStreamFunctions {
    static func register(in registry: inout FlowRegistry) throws {
        // The flow has rejected the flights without arrival delay (`must: [arr_delay]`), as dead letters; what is left goes on.
        try registry.function("VerifyArrivals") { (_: [Flight], _: FlowContext) in .dataReuse }
        try registry.fold("CarrierArrivals", into: [String: DelayCounts]()) {
            (carriers: inout [String: DelayCounts], flights: [Flight], _: FlowContext) in
            for flight in flights {
                if let delay = flight.arrivalDelay { carriers[flight.carrier, default: DelayCounts()].add(delay) }
            }
        } finish: { carriers, context in
            context.count("flights", carriers.values.reduce(0) { $0 + $1.count })
            context.commit(contentsOf: carriers.sorted { $0.key < $1.key }.compactMap { $1.arrivals(of: $0) })
            return .next
        }
        try registry.function("SaveArrivals") { (rows: [CarrierArrivals], context: FlowContext) in
            try await context.connector.save(rows)
            return .dataReuse
        }
    }
}

struct CarrierArrivals: Codable, Sendable, Hashable {
    var carrier: String
    var flights: Int
    var meanDelay: Double
    var p90Delay: Double

    enum CodingKeys: String, CodingKey {
        case carrier, flights
        case meanDelay = "mean_delay"
        case p90Delay = "p90_delay"
    }
}

/// How many flights had which arrival delay. It grows with the number of different delays only, so that a checkpoint stays small.
struct DelayCounts: Codable, Sendable, Hashable {
    private(set) var count = 0
    /// By minutes.
    private var flights: [Int: Int] = [:]

    mutating func add(_ delay: Int) {
        count += 1
        flights[delay, default: 0] += 1
    }

    /// `nil` when nothing was added.
    func arrivals(of carrier: String) -> CarrierArrivals? {
        guard count > 0 else { return nil }
        let total = flights.reduce(0) { $0 + $1.key * $1.value }
        return CarrierArrivals(
            carrier: carrier, flights: count, meanDelay: Double(total) / Double(count), p90Delay: percentile(0.9))
    }

    /// As ``DelayStatistics/percentile(_:ofSorted:)``.
    private func percentile(_ p: Double) -> Double {
        let position = p * Double(count - 1)
        let lower = Int(position)
        let sorted = flights.sorted { $0.key < $1.key }
        let low = Double(Self.delay(lower, in: sorted))
        let high = Double(Self.delay(min(lower + 1, count - 1), in: sorted))
        return low + (position - Double(lower)) * (high - low)
    }

    /// The delay of the flight with this number, in ascending order.
    private static func delay(_ number: Int, in sorted: [(key: Int, value: Int)]) -> Int {
        var before = 0
        for (delay, flights) in sorted {
            before += flights
            if number < before { return delay }
        }
        return 0
    }
}
