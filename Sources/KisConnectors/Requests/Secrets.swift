import Foundation

/// What came from the environment into a definition, to be taken out of texts that people read.
struct Secrets: Sendable {
    /// The variables by what they held.
    private var names: [(value: String, name: String)] = []

    mutating func add(_ value: String, _ name: String) {
        // Shorter ones would make texts unreadable, and are no secrets.
        guard value.count >= 4, !names.contains(where: { $0.value == value }) else { return }
        names.append((value, name))
        if let encoded = value.addingPercentEncoding(withAllowedCharacters: .alphanumerics), encoded != value {
            names.append((encoded, name))
        }
        names.sort { $0.value.count > $1.value.count }
    }

    /// The text with names in the place of secrets.
    func redacted(_ text: String) -> String {
        names.reduce(text) { $0.replacing($1.value, with: "${\($1.name)}") }
    }
}
