#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Value {
    /// The list that a JSON text stands for; `nil` where it stands for something else.
    static func list(json text: String) -> Value? {
        guard let value = try? JSONDecoder().decode(Value.self, from: Data(text.utf8)), case .array = value else { return nil }
        return value
    }
}
