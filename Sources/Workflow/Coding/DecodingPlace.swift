#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One place in the value that is being decoded: the `Decoder` that types see.
final class DecodingPlace: Decoder {
    let value: Value
    let codingPath: [any CodingKey]
    let session: DecodingSession
    /// This one element stands where a list was wanted; it is not taken for a list of lists.
    private let isBareElement: Bool
    private var asked: DecodingSession.AskedMembers?

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Values nest no deeper; deeper ones would run out of stack.
    private static let deepest = 200

    init(value: Value, codingPath: [any CodingKey], session: DecodingSession, isBareElement: Bool = false) {
        self.value = value
        self.codingPath = codingPath
        self.session = session
        self.isBareElement = isBareElement
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = value else { throw mismatch("an object") }
        let asked = self.asked ?? DecodingSession.AskedMembers(path: session.path(codingPath), members: members)
        if self.asked == nil {
            self.asked = asked
            session.track(asked)
        }
        return KeyedDecodingContainer(KeyedValues<Key>(place: self, asked: asked))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        switch value {
        case .array(let elements): UnkeyedValues(place: self, elements: elements)
        case .null: throw mismatch("a list")
        case _ where isBareElement: throw mismatch("a list")
        default: UnkeyedValues(place: self, elements: [value], isBare: true)
        }
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    func mismatch(_ expected: String) -> ValueCodingError { failure("expected \(expected), found \(value.found)") }

    func failure(_ message: String) -> ValueCodingError {
        ValueCodingError(path: session.path(codingPath).description, message: message)
    }

    func child(_ value: Value, _ key: any CodingKey) -> DecodingPlace {
        DecodingPlace(value: value, codingPath: codingPath + [key], session: session)
    }

    /// Decodes this place. What a failed attempt asked for is forgotten, so that a type may try one form after the other.
    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        guard codingPath.count <= Self.deepest else { throw failure("is nested deeper than \(Self.deepest) levels") }
        if let known = try wellKnown(type) { return known }
        let mark = session.mark
        do {
            return try T(from: self)
        } catch {
            session.forget(after: mark)
            asked = nil
            if let choice = choiceError(type, error) { throw choice }
            throw session.translate(error)
        }
    }

    /// Types whose own `Decodable` would not read what people write.
    private func wellKnown<T>(_ type: T.Type) throws -> T? {
        if type == Value.self { return value as? T }
        if type == Date.self { return try date() as? T }
        if type == Data.self { return try data() as? T }
        if type == URL.self { return try url() as? T }
        return nil
    }

    private func date() throws -> Date {
        guard case .string(let text) = value, let date = ISODate.date(from: text) else {
            throw mismatch("a date such as 2013-01-31T08:15:00Z")
        }
        return date
    }

    private func data() throws -> Data {
        guard case .string(let text) = value, let data = Data(base64Encoded: text) else { throw mismatch("base64 text") }
        return data
    }

    private func url() throws -> URL {
        guard case .string(let text) = value, let url = URL(string: text) else { throw mismatch("a URL") }
        return url
    }

    /// A text that is not one of an enumeration's: the error lists those that are.
    private func choiceError<T>(_ type: T.Type, _ error: any Error) -> ValueCodingError? {
        guard case .string(let text) = value, case DecodingError.dataCorrupted = error, let choices = type as? any CaseIterable.Type else {
            return nil
        }
        let names = Self.rawValues(choices)
        guard !names.isEmpty else { return nil }
        return failure("expected \(names.joined(separator: " or ")), found \(value.found)\(NearestName.hint(for: text, among: names))")
    }

    private static func rawValues<C: CaseIterable>(_ type: C.Type) -> [String] {
        type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
    }
}
