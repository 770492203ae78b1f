/// Stands for the value of a superclass that is not there.
struct AbsentDecoder: Decoder {
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> { throw absent([String: Any].self) }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw absent([Any].self) }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw absent(Any.self) }

    private func absent(_ type: Any.Type) -> DecodingError {
        .valueNotFound(type, .init(codingPath: codingPath, debugDescription: "there is no such field"))
    }
}
