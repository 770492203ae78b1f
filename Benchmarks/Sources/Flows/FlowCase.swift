/// Something to measure: how many rows it takes in, and what it does with them.
struct FlowCase: Sendable {
    let name: String
    let text: String
    /// The name of the case that its rate is compared with.
    var baseline: String?
    /// Makes what the measured part needs.
    let prepare: @Sendable (Setting) async throws -> Run

    /// Returns how many rows it took in.
    typealias Run = @Sendable () async throws -> Int

    struct Setting: Codable, Sendable {
        var rows: Int
        var flights: String
        var airlines: String
        /// A folder for what is saved.
        var folder: String
    }

    static let all = StudentCases.all + PassThroughCases.all + FlightCases.all
}

struct UnexpectedResult: Error, CustomStringConvertible {
    let description: String
}
