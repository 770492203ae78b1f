package import BSON
package import Engine
import Workflow

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Reads the fields of a stored document, and says which document and which field is wrong.
package struct FieldReader {
    package let document: Document
    package let collection: String
    /// The document that this one is a part of, and where it stands there.
    private let whole: (id: String, path: String)?
    /// Where the next field is looked for first: fields are read in about the order in which they were written.
    private let place = Place()

    private final class Place { var offset = 0 }

    package init(document: Document, collection: String) {
        (self.document, self.collection, whole) = (document, collection, nil)
    }

    private init(_ document: Document, under key: String, of parent: FieldReader) {
        (self.document, collection) = (document, parent.collection)
        whole = (parent.id, (parent.whole.map { $0.path + "." } ?? "") + key)
    }

    /// The document's id, or what stands in its place.
    package var id: String { whole?.id ?? document["_id"].map { $0.stringValue ?? "\($0)" } ?? "(without _id)" }

    package func required<T>(_ key: String, _ what: @autoclosure () -> String, _ read: (BSONValue) -> T?) throws(StoreError) -> T {
        guard let value = document.value(of: key, from: &place.offset) else { throw malformed(key, "is missing, expected \(what())") }
        guard let result = read(value) else { throw malformed(key, "is \(value), expected \(what())") }
        return result
    }

    package func optional<T>(_ key: String, _ what: @autoclosure () -> String, _ read: (BSONValue) -> T?) throws(StoreError) -> T? {
        guard let value = document.value(of: key, from: &place.offset), !value.isNull else { return nil }
        guard let result = read(value) else { throw malformed(key, "is \(value), expected \(what())") }
        return result
    }

    package func string(_ key: String) throws(StoreError) -> String { try required(key, "a string") { $0.stringValue } }
    package func optionalString(_ key: String) throws(StoreError) -> String? { try optional(key, "a string") { $0.stringValue } }
    package func int(_ key: String) throws(StoreError) -> Int64 { try required(key, "an integer") { $0.int64Value } }
    package func optionalInt(_ key: String) throws(StoreError) -> Int64? { try optional(key, "an integer") { $0.int64Value } }
    package func date(_ key: String) throws(StoreError) -> Date { try required(key, "a date") { $0.dateValue } }
    package func optionalDate(_ key: String) throws(StoreError) -> Date? { try optional(key, "a date") { $0.dateValue } }

    package func choice<T: RawRepresentable & CaseIterable>(_ key: String, _: T.Type = T.self) throws(StoreError) -> T
    where T.RawValue == String {
        try required(key, "one of " + T.allCases.map(\.rawValue).joined(separator: ", ")) { $0.stringValue.flatMap(T.init(rawValue:)) }
    }

    package func texts(_ key: String) throws(StoreError) -> [String: String] {
        guard let members = try optional(key, "a document", { $0.documentValue }) else { return [:] }
        var texts: [String: String] = [:]
        for (name, value) in members {
            guard let text = value.stringValue else { throw malformed("\(key).\(name)", "is \(value), expected a string") }
            texts[name] = text
        }
        return texts
    }

    package func numbers(_ key: String) throws(StoreError) -> [String: Int] {
        guard let members = try optional(key, "a document", { $0.documentValue }) else { return [:] }
        var numbers: [String: Int] = [:]
        for (name, value) in members {
            guard let number = value.int64Value else { throw malformed("\(key).\(name)", "is \(value), expected a whole number") }
            numbers[name] = Int(clamping: number)
        }
        return numbers
    }

    package func strings(_ key: String) throws(StoreError) -> [String] {
        guard let elements = try optional(key, "an array", { $0.arrayValue }) else { return [] }
        var strings: [String] = []
        for element in elements {
            guard let text = element.stringValue else { throw malformed(key, "has the element \(element), expected a string") }
            strings.append(text)
        }
        return strings
    }

    package func documents(_ key: String) throws(StoreError) -> [FieldReader] {
        guard let elements = try optional(key, "an array", { $0.arrayValue }) else { return [] }
        var readers: [FieldReader] = []
        for element in elements {
            guard let document = element.documentValue else { throw malformed(key, "has the element \(element), expected a document") }
            readers.append(FieldReader(document, under: "\(key)[\(readers.count)]", of: self))
        }
        return readers
    }

    /// A document in this one; `nil` where there is none.
    package func part(_ key: String) throws(StoreError) -> FieldReader? {
        try optional(key, "a document") { $0.documentValue }.map { FieldReader($0, under: key, of: self) }
    }

    /// The documents in a document, under their names.
    package func parts(_ key: String) throws(StoreError) -> [(name: String, fields: FieldReader)] {
        guard let members = try optional(key, "a document", { $0.documentValue }) else { return [] }
        var parts: [(String, FieldReader)] = []
        for (name, value) in members {
            guard let document = value.documentValue else { throw malformed("\(key).\(name)", "is \(value), expected a document") }
            parts.append((name, FieldReader(document, under: "\(key).\(name)", of: self)))
        }
        return parts
    }

    package func flag(_ key: String) throws(StoreError) -> Bool { try optional(key, "a boolean") { $0.boolValue } ?? false }

    package func malformed(_ key: String, _ problem: String) -> StoreError {
        StoreError(.malformed, "\(collection) '\(id)': the field '\((whole.map { $0.path + "." } ?? "") + key)' \(problem)")
    }
}

extension Document {
    /// Appends a field unless there is nothing to say.
    package mutating func append(_ key: String, ifPresent value: String?) {
        if let value { append(key, .string(value)) }
    }

    package mutating func append(_ key: String, ifPresent value: Date?) {
        if let value { append(key, .date(value)) }
    }
}
