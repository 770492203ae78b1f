#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One place in the value that is being made: the `Encoder` that types see. Containers write into it, children are read when all is done.
final class EncodingPlace: Encoder {
    let codingPath: [any CodingKey]
    let root: ValuePath
    private var content: Content?

    private enum Content {
        case value(Value)
        case array([EncodingPlace])
        case object([String: EncodingPlace])
    }

    /// Values nest no deeper; a type that contains itself would run out of stack.
    private static let deepest = 200

    init(codingPath: [any CodingKey], root: ValuePath) {
        self.codingPath = codingPath
        self.root = root
    }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// What was written; an empty object if nothing was, as for a type without members.
    var value: Value {
        switch content {
        case .value(let value): value
        case .array(let places): .array(places.map(\.value))
        case .object(let places): .object(places.mapValues(\.value))
        case nil: .object([:])
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .object = content {} else { content = .object([:]) }
        return KeyedEncodingContainer(KeyedPlaces<Key>(place: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .array = content {} else { content = .array([]) }
        return UnkeyedPlaces(place: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func member(_ name: String) -> EncodingPlace {
        let place = EncodingPlace(codingPath: codingPath + [MemberKey(name)], root: root)
        guard case .object(var places) = content else { return place }
        content = nil  // so that the dictionary is not copied
        places[name] = place
        content = .object(places)
        return place
    }

    var elementCount: Int {
        if case .array(let places) = content { places.count } else { 0 }
    }

    func element() -> EncodingPlace {
        guard case .array(var places) = content else { return EncodingPlace(codingPath: codingPath, root: root) }
        let place = EncodingPlace(codingPath: codingPath + [MemberKey(places.count)], root: root)
        content = nil  // so that the array is not copied
        places.append(place)
        content = .array(places)
        return place
    }

    func write(_ value: Value) { content = .value(value) }

    func path(_ codingPath: [any CodingKey]) -> ValuePath {
        codingPath.reduce(root) { path, key in key.intValue.map(path.appending(index:)) ?? path.appending(key: key.stringValue) }
    }

    func failure(_ message: String) -> ValueCodingError { ValueCodingError(path: path(codingPath).description, message: message) }

    func encodeAny<T: Encodable>(_ value: T) throws {
        guard codingPath.count <= Self.deepest else { throw failure("is nested deeper than \(Self.deepest) levels") }
        switch value {
        case let value as Value: try write(checked(value))
        case let date as Date:
            guard let text = ISODate.text(of: date) else { throw failure("a date outside of the years 1 to 9999 cannot be written") }
            write(.string(text))
        case let data as Data: write(.string(data.base64EncodedString()))
        case let url as URL: write(.string(url.absoluteString))
        default: try value.encode(to: self)
        }
    }

    private func checked(_ value: Value) throws -> Value {
        guard value.hasOnlyFiniteNumbers else { throw failure("holds a number that is not finite; leave it out or write null") }
        return value
    }
}

extension Value {
    fileprivate var hasOnlyFiniteNumbers: Bool {
        switch self {
        case .double(let double): double.isFinite
        case .array(let elements): elements.allSatisfy(\.hasOnlyFiniteNumbers)
        case .object(let members): members.values.allSatisfy(\.hasOnlyFiniteNumbers)
        default: true
        }
    }
}

extension EncodingPlace: SingleValueEncodingContainer {
    func encodeNil() { write(.null) }
    func encode(_ value: Bool) { write(.bool(value)) }
    func encode(_ value: String) { write(.string(value)) }
    func encode(_ value: Float) throws { try write(number(Double("\(value)") ?? Double(value))) }
    func encode(_ value: Double) throws { try write(number(value)) }
    func encode(_ value: Int) throws { try write(integer(value)) }
    func encode(_ value: Int8) throws { try write(integer(value)) }
    func encode(_ value: Int16) throws { try write(integer(value)) }
    func encode(_ value: Int32) throws { try write(integer(value)) }
    func encode(_ value: Int64) throws { try write(integer(value)) }
    func encode(_ value: UInt) throws { try write(integer(value)) }
    func encode(_ value: UInt8) throws { try write(integer(value)) }
    func encode(_ value: UInt16) throws { try write(integer(value)) }
    func encode(_ value: UInt32) throws { try write(integer(value)) }
    func encode(_ value: UInt64) throws { try write(integer(value)) }
    func encode<T: Encodable>(_ value: T) throws { try encodeAny(value) }

    private func number(_ value: Double) throws -> Value {
        guard value.isFinite else { throw failure("\(value) is not a finite number; leave it out or write null") }
        return .double(value)
    }

    private func integer(_ value: some BinaryInteger) throws -> Value {
        guard let value = Int64(exactly: value) else { throw failure("\(value) does not fit 64 bits with sign; write it as a string") }
        return .int(value)
    }
}
