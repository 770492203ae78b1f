#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

enum RowKind {
    /// Whether rows of this type are JSON in themselves and not something that is encoded to JSON.
    static func isRaw(_ type: Any.Type) -> Bool {
        type == String.self || type == Data.self || type == [UInt8].self
    }
}
