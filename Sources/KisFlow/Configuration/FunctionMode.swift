/// What a function does in its flow. The raw values are the words of the `fmode` key in YAML.
public enum FunctionMode: String, Sendable, Hashable, Codable, CaseIterable {
    /// Checks rows; the only mode in which the `must` fields of the source are enforced.
    case verify = "Verify"
    /// Stores rows through a connector.
    case save = "Save"
    /// Brings in rows, or data to join with, through a connector.
    case load = "Load"
    /// Computes new rows from the rows that came in.
    case calculate = "Calculate"
    /// Everything else: printing, notifying, calling other systems.
    case expand = "Expand"

    /// The mode with this word or its first letter, whatever the case.
    init?(word: String) {
        let wanted = word.lowercased()
        let match = Self.allCases.first { $0.rawValue.lowercased() == wanted || $0.rawValue.prefix(1).lowercased() == wanted }
        guard let match else { return nil }
        self = match
    }
}
