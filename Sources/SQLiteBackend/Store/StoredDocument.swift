import BSON
import Engine
import GRDB
import Records

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A record as a table has it: the bytes of its document under its id.
struct StoredDocument: Sendable {
    let id: String
    let table: String
    let bytes: [UInt8]

    /// - Throws: `StoreError` naming table and id where the bytes are no document.
    func fields() throws(StoreError) -> FieldReader {
        do { return FieldReader(document: try Document(validating: bytes), collection: table) } catch {
            throw StoreError(.malformed, "\(table) '\(id)': its document does not decode: \(error)")
        }
    }

    func decoded<T>(_ read: (FieldReader) throws(StoreError) -> T) throws(StoreError) -> T { try read(try fields()) }
}

extension [StoredDocument] {
    /// What decodes, and what does not.
    /// - Parameters:
    ///   - limit: how many were asked for; as many as that are a full page.
    ///   - place: where the page after the last of them begins.
    func page<T>(limit: Int = .max, next place: String? = nil, _ read: (FieldReader) throws(StoreError) -> T) -> Page<T> {
        var page = Page<T>([], next: count >= limit ? place : nil)
        for stored in self {
            do throws(StoreError) { page.elements.append(try stored.decoded(read)) } catch {
                page.unreadable.append(UnreadableDocument(id: stored.id, collection: stored.table, problem: error.message))
            }
        }
        return page
    }
}

extension GRDB.Database {
    /// Runs a statement that changes something.
    /// - Returns: how many rows it changed.
    @discardableResult
    func change(_ sql: String, _ arguments: StatementArguments) throws -> Int {
        let statement = try cachedStatement(sql: sql)
        statement.setUncheckedArguments(arguments)
        try statement.execute()
        return changesCount
    }

    /// Documents that a query finds; it selects `id` and `document` first.
    func documents(_ table: String, _ sql: String, _ arguments: StatementArguments) throws -> [StoredDocument] {
        try rows(sql, arguments) { StoredDocument(id: $0[0], table: table, bytes: [UInt8]($0[1] as Data)) }
    }

    func rows<T>(_ sql: String, _ arguments: StatementArguments, _ read: (Row) throws -> T) throws -> [T] {
        let statement = try cachedStatement(sql: sql)
        statement.setUncheckedArguments(arguments)
        let cursor = try Row.fetchCursor(statement)
        var found: [T] = []
        while let row = try cursor.next() { found.append(try read(row)) }
        return found
    }

    /// The first value that a query finds.
    func number(_ sql: String, _ arguments: StatementArguments) throws -> Int64? {
        try rows(sql, arguments) { $0[0] as Int64? }.first ?? nil
    }
}

extension Document {
    /// What is stored of it.
    var data: Data { Data(bytes) }
}
