/// What one function of a flow did.
public struct FunctionReport: Sendable, Hashable, Codable, CustomStringConvertible {
    public internal(set) var name: String
    public internal(set) var mode: FunctionMode
    /// Its place in the flow, counted from 0.
    public internal(set) var step: Int
    /// How often it was called; more than once only after a jump.
    public internal(set) var calls = 1
    /// How often it was tried; more than `calls` only after retries.
    public internal(set) var attempts = 1
    public internal(set) var rowsIn: Int
    public internal(set) var rowsOut = 0
    /// Rows that lacked a field they must have.
    public internal(set) var rejected = 0
    /// Rows that did not decode, under the policy to skip them.
    public internal(set) var failed = 0
    /// Why rows were rejected or failed, and how many for each reason; beyond 20 different reasons the rest is counted together.
    public internal(set) var reasons: [String: Int] = [:]
    /// The first few such rows.
    public internal(set) var examples: [BadRow] = []
    public internal(set) var counters: [String: Int] = [:]
    public internal(set) var seconds = 0.0

    init(name: String, mode: FunctionMode, step: Int, rowsIn: Int) {
        self.name = name
        self.mode = mode
        self.step = step
        self.rowsIn = rowsIn
    }

    public var description: String {
        var parts = ["\(rowsIn) rows in, \(rowsOut) out"]
        if rejected > 0 { parts.append("\(rejected) rejected") }
        if failed > 0 { parts.append("\(failed) failed") }
        parts += reasons.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
        parts += counters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        if attempts > calls { parts.append("\(attempts) attempts") }
        return "\(name) (\(mode.rawValue)): \(parts.joined(separator: ", ")), \(Int(seconds * 1_000)) ms"
    }

    mutating func note(_ tally: RowTally) {
        count(tally.reasons)
        examples.append(contentsOf: tally.examples.prefix(RowTally.maximumExamples - examples.count))
    }

    /// Adds a later call of the same function.
    mutating func add(_ later: FunctionReport) {
        calls += later.calls
        attempts += later.attempts
        rowsIn += later.rowsIn
        rowsOut += later.rowsOut
        rejected += later.rejected
        failed += later.failed
        count(later.reasons)
        examples.append(contentsOf: later.examples.prefix(RowTally.maximumExamples - examples.count))
        counters.merge(later.counters, uniquingKeysWith: +)
        seconds += later.seconds
    }

    /// Adds reasons within the bound: a function that is called again and again may meet new ones each time.
    private mutating func count(_ more: [String: Int]) {
        for (reason, number) in more.sorted(by: { $0.key < $1.key }) {
            let isKept = reasons[reason] != nil || reasons.count < RowTally.maximumReasons
            reasons[isKept ? reason : RowTally.otherReasons, default: 0] += number
        }
    }
}
