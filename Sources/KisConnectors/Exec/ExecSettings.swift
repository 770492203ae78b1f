import Foundation
import KisFlow

/// What the parameters of an exec function say.
struct ExecSettings: Sendable {
    private static let variablePrefix = "env."

    let `protocol`: ExecProtocol
    /// For one batch.
    let timeout: Duration
    /// As it is written in messages.
    let timeoutText: String
    let maximumLineBytes: Int
    let maximumRows: Int
    /// Variables of the environment that are set; the rest is inherited.
    let environment: [String: String]

    /// - Throws: `FlowError` of kind `parameter` that names the parameter.
    init(_ params: [String: String]) throws {
        `protocol` = try Self.protocol(params["protocol"])
        timeoutText = params["timeout"] ?? "10m"
        timeout = try Self.duration(timeoutText)
        maximumLineBytes = try Self.count("max_record_bytes", params) ?? 1 << 20
        maximumRows = try Self.count("max_rows_out", params) ?? 1_000_000
        environment = try Self.environment(params)
    }

    private static func `protocol`(_ word: String?) throws -> ExecProtocol {
        guard let word else { return .rows }
        if let known = ExecProtocol(rawValue: word) { return known }
        let words = ExecProtocol.allCases.map(\.rawValue).joined(separator: ", ")
        throw FlowError(.parameter, "parameter protocol is \"\(word)\", it must be one of \(words)")
    }

    private static func duration(_ text: String) throws -> Duration {
        // A number alone counts milliseconds, as other times of a flow do.
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600), ("", 0.001)]
        for (unit, seconds) in units where text.hasSuffix(unit) {
            guard let number = Double(text.dropLast(unit.count)), number > 0, number * seconds <= 1e6 else { break }
            return .seconds(number * seconds)
        }
        throw FlowError(.parameter, "parameter timeout is \"\(text)\", it must be a time such as 500ms, 30s, 5m or 1h")
    }

    private static func count(_ name: String, _ params: [String: String]) throws -> Int? {
        guard let text = params[name] else { return nil }
        if let number = Int(text), number > 0 { return number }
        throw FlowError(.parameter, "parameter \(name) is \"\(text)\", it must be a whole number, at least 1")
    }

    private static func environment(_ params: [String: String]) throws -> [String: String] {
        var variables: [String: String] = [:]
        var others: [String: String] = [:]
        for (name, value) in params {
            guard name.hasPrefix(variablePrefix) else {
                others[name] = value
                continue
            }
            let variable = String(name.dropFirst(variablePrefix.count))
            guard !variable.isEmpty, !variable.contains("="), !(variable + value).utf8.contains(0) else {
                throw FlowError(.parameter, "parameter \(name) cannot be an environment variable")
            }
            variables[variable] = value
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        variables["KIS_PARAMS"] = String(decoding: try encoder.encode(others), as: UTF8.self)
        return variables
    }
}
