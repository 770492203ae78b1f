/// Something to measure: what it does is the same each time.
struct MicroBenchmark: Sendable {
    /// Area and case, as in `bson.encode-task`.
    var name: String
    /// What one operation is.
    var unit: String
    /// How many iterations make a round.
    var iterations: Int
    /// How many operations an iteration is.
    var operations: Int
    /// Makes what the measured part needs.
    var prepare: @Sendable () async throws -> Body

    struct Body: Sendable {
        /// The measured part.
        var run: @Sendable (_ iterations: Int) async throws -> Void
        var end: @Sendable () async -> Void = {}
    }

    /// A benchmark that calls `step` over and over.
    static func repeating<Input: Sendable, Output>(
        _ name: String, per unit: String, _ iterations: Int, operations: Int = 1, with input: @escaping @Sendable () throws -> Input,
        _ step: @escaping @Sendable (Input) throws -> Output
    ) -> MicroBenchmark {
        MicroBenchmark(name: name, unit: unit, iterations: iterations, operations: operations) {
            let input = try input()
            return Body(run: { iterations in for _ in 0..<iterations { keep(try step(input)) } })
        }
    }
}

/// Keeps the optimiser from leaving out what makes a value.
@inline(never)
func keep<T>(_ value: T) { _ = value }

struct MicroError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
