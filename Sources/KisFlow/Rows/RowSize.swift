#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

enum RowSize {
    /// How large a row is, for the bounds of a batch.
    static func bytes<Row>(of row: Row) -> Int {
        switch row {
        case let text as String: text.utf8.count
        case let data as Data: data.count
        case let bytes as [UInt8]: bytes.count
        default: MemoryLayout<Row>.stride
        }
    }
}
