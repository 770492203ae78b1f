#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// How the rows of one function are read and written where they are not JSON: given at ``FlowRegistry/function(_:serializer:_:)``.
///
/// Texts and bytes that come in are given to ``row(_:from:)`` as they are; values of another type are written by ``bytes(of:)`` first.
public protocol RowSerializer: Sendable {
    func bytes<Row: Encodable>(of row: Row) throws -> Data

    /// - Throws: what is wrong with the row, best a `DecodingError`, whose path names the field. The row becomes an error row.
    func row<Row: Decodable>(_ type: Row.Type, from bytes: Data) throws -> Row
}
