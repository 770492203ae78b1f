/// The members of an object that is being made.
struct KeyedPlaces<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let place: EncodingPlace

    var codingPath: [any CodingKey] { place.codingPath }

    func encodeNil(forKey key: Key) { place.member(key.stringValue).encodeNil() }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try place.member(key.stringValue).encodeAny(value) }

    func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type, forKey key: Key) -> KeyedEncodingContainer<NestedKey> {
        place.member(key.stringValue).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { place.member(key.stringValue).unkeyedContainer() }

    func superEncoder() -> any Encoder { place.member("super") }

    func superEncoder(forKey key: Key) -> any Encoder { place.member(key.stringValue) }
}

/// The elements of a list that is being made.
struct UnkeyedPlaces: UnkeyedEncodingContainer {
    let place: EncodingPlace

    var codingPath: [any CodingKey] { place.codingPath }
    var count: Int { place.elementCount }

    func encodeNil() { place.element().encodeNil() }

    func encode<T: Encodable>(_ value: T) throws { try place.element().encodeAny(value) }

    func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type) -> KeyedEncodingContainer<NestedKey> {
        place.element().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { place.element().unkeyedContainer() }

    func superEncoder() -> any Encoder { place.element() }
}
