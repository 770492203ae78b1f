import Foundation
import KisFlow

/// Fills in `${NAME}` from the environment, so that secrets stand in no configuration.
struct Environment: Sendable {
    let variables: [String: String]

    /// - Parameter variables: those of the process when left out.
    init(_ variables: [String: String]? = nil) {
        self.variables = variables ?? ProcessInfo.processInfo.environment
    }

    /// The definition with its address, key and parameters filled in.
    ///
    /// - Throws: `FlowError` of kind `connector` that names a variable that is not set.
    func filling(_ definition: ConnectorDefinition) throws -> ConnectorDefinition {
        var secrets = Secrets()
        return try filling(definition, &secrets)
    }

    /// - Parameter secrets: gets what was filled in.
    func filling(_ definition: ConnectorDefinition, _ secrets: inout Secrets) throws -> ConnectorDefinition {
        var filled = definition
        filled.address = try filling(definition.address, "addrs", &secrets)
        filled.key = try filling(definition.key, "key", &secrets)
        for (name, value) in definition.params { filled.params[name] = try filling(value, "parameter \(name)", &secrets) }
        return filled
    }

    /// The value of a variable that a parameter names.
    func value(_ name: String, _ place: String) throws -> String {
        guard let value = variables[name], !value.isEmpty else {
            throw FlowError(.connector, "\(place): the environment variable \(name) is not set; set it for this process")
        }
        return value
    }

    /// A value that is filled in is taken as it is, whatever it holds.
    private func filling(_ text: String, _ place: String, _ secrets: inout Secrets) throws -> String {
        var result = ""
        var rest = text[...]
        while let opening = rest.firstRange(of: "${") {
            result += rest[..<opening.lowerBound]
            rest = rest[opening.upperBound...]
            guard let end = rest.firstIndex(of: "}"), Self.isName(rest[..<end]) else {
                result += "${"
                continue
            }
            let value = try value(String(rest[..<end]), place)
            secrets.add(value, String(rest[..<end]))
            result += value
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.allSatisfy { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
    }
}
