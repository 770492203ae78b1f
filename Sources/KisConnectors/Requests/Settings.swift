import KisFlow

/// The parameters of a connector, read with errors that say what is allowed.
struct Settings: Sendable {
    let params: [String: String]

    init(_ params: [String: String]) {
        self.params = params
    }

    /// Those of the connector, and those of the function, which win.
    init(_ definition: ConnectorDefinition, _ request: ConnectorRequest) {
        params = definition.params.merging(request.params) { _, function in function }
    }

    func text(_ name: String) -> String? {
        params[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// - Throws: `FlowError` of kind `connector` outside of the range.
    func number(_ name: String, _ fallback: Int, _ range: ClosedRange<Int>) throws -> Int {
        guard let text = params[name] else { return fallback }
        if let number = Int(text), range.contains(number) { return number }
        throw FlowError(.connector, "parameter \(name) is \"\(text)\"; it must be a number from \(range.lowerBound) to \(range.upperBound)")
    }

    /// - Throws: `FlowError` of kind `connector` for another word.
    func word(_ name: String, _ allowed: [String]) throws -> String? {
        guard let word = params[name]?.lowercased() else { return nil }
        guard allowed.contains(word) else {
            throw FlowError(.connector, "parameter \(name) is \"\(word)\"; it must be one of \(allowed.joined(separator: ", "))")
        }
        return word
    }

    /// A time in milliseconds.
    func duration(_ name: String, _ fallback: Duration) throws -> Duration {
        guard params[name] != nil else { return fallback }
        return .milliseconds(try number(name, 0, 1...86_400_000))
    }

    func batchRows() throws -> Int? {
        params["batch_rows"] == nil ? nil : try number("batch_rows", 1, 1...1_000_000)
    }

    /// How large batches are: as the connector's `batch_rows` says, else as who asks wants them.
    func batch(_ request: ConnectorRequest) throws -> BatchPolicy {
        var policy = request.batch
        if let rows = try batchRows() { policy.maxRows = rows }
        return policy
    }
}
