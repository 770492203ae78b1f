/// The members of an object.
struct KeyedValues<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let place: DecodingPlace
    let asked: DecodingSession.AskedMembers

    var codingPath: [any CodingKey] { place.codingPath }

    var allKeys: [Key] {
        asked.wantsAll = true
        return asked.members.keys.sorted().compactMap { Key(stringValue: $0) }
    }

    func contains(_ key: Key) -> Bool {
        asked.names.insert(key.stringValue)
        return asked.members[key.stringValue] != nil
    }

    private func child(_ key: Key) throws -> DecodingPlace {
        guard contains(key), let value = asked.members[key.stringValue] else {
            throw ValueCodingError(path: asked.path.appending(key: key.stringValue).description, message: "is missing")
        }
        return place.child(value, MemberKey(key.stringValue))
    }

    func decodeNil(forKey key: Key) throws -> Bool { try child(key).decodeNil() }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try child(key).decode(type) }

    func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type, forKey key: Key) throws -> KeyedDecodingContainer<NestedKey> {
        try child(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try child(key).unkeyedContainer() }

    func superDecoder() throws -> any Decoder {
        asked.names.insert("super")
        return place.child(asked.members["super"] ?? .null, MemberKey("super"))
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }
}

/// The elements of a list.
struct UnkeyedValues: UnkeyedDecodingContainer {
    let place: DecodingPlace
    let elements: [Value]
    /// The one element stands where a list was wanted, so it has the list's own path.
    var isBare = false
    private(set) var currentIndex = 0

    init(place: DecodingPlace, elements: [Value], isBare: Bool = false) {
        self.place = place
        self.elements = elements
        self.isBare = isBare
    }

    var codingPath: [any CodingKey] { place.codingPath }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    private func current() throws -> DecodingPlace {
        guard !isAtEnd else { throw place.failure("expected more than \(elements.count) elements") }
        return isBare
            ? DecodingPlace(value: elements[currentIndex], codingPath: place.codingPath, session: place.session, isBareElement: true)
            : place.child(elements[currentIndex], MemberKey(currentIndex))
    }

    /// Moves on only after the element was read, as the protocol wants.
    private mutating func next<T>(_ read: (DecodingPlace) throws -> T) throws -> T {
        let result = try read(current())
        currentIndex += 1
        return result
    }

    mutating func decodeNil() throws -> Bool {
        guard try current().decodeNil() else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next { try $0.decode(type) } }

    mutating func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type) throws -> KeyedDecodingContainer<NestedKey> {
        try next { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next { try $0.unkeyedContainer() } }

    mutating func superDecoder() throws -> any Decoder { try next { $0 } }
}

/// A step of a coding path: a member's name, or an element's position.
struct MemberKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ name: String) {
        stringValue = name
        intValue = nil
    }

    init(_ index: Int) {
        stringValue = String(index)
        intValue = index
    }

    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { self.init(intValue) }
}
