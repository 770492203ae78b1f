/// A BSON document: ordered keys and values, held as its bytes.
///
/// The bytes are validated once, when they come in; values are read from them on demand. Two documents are equal when
/// their bytes are, so the order of keys and the width of numbers count. A key may occur twice in foreign documents; look-ups
/// find the first.
public struct Document: Sendable, Hashable {
    /// How deep documents and arrays may be nested (MongoDB's own limit).
    public static let maximumDepth = 100

    /// The document as BSON; always a well-formed one.
    public private(set) var bytes: [UInt8]

    /// An empty document.
    public init() {
        bytes = [5, 0, 0, 0, 0]
    }

    /// Takes bytes from outside. They must be exactly one well-formed document.
    public init(validating bytes: [UInt8]) throws(BSONError) {
        try DocumentValidator.validate(bytes, in: 0..<bytes.count)
        self.bytes = bytes
    }

    /// A document of these elements, in this order.
    public init(_ elements: some Sequence<(String, BSONValue)>) {
        self.init(Array(elements))
    }

    /// A document of these elements, in this order.
    public init(_ elements: [(String, BSONValue)]) {
        var writer = BSONWriter()
        let mark = writer.beginDocument()
        for (key, value) in elements {
            writer.append(value, key: key)
        }
        writer.endDocument(mark)
        bytes = writer.take()
    }

    init(trusted bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Adds an element at the end. A zero byte in the key becomes U+FFFD, since BSON cannot express it.
    public mutating func append(_ key: String, _ value: BSONValue) {
        var writer = BSONWriter(reopening: exchange(&bytes, with: []))
        writer.append(value, key: key)
        writer.endDocument(0)
        bytes = writer.take()
    }

    /// The first value under this key; nil where there is none.
    public subscript(key: String) -> BSONValue? {
        element(key).map { BSONValue($0, in: bytes) }
    }

    /// The value under a key, looked for from an element on, and from the start where it is not found there: fields that are read in the order in which they were written cost one comparison each.
    /// - Parameter place: where to begin, zero at first; then behind the element that was found.
    public func value(of key: String, from place: inout Int) -> BSONValue? {
        var name = key
        guard var cursor = try? ElementCursor(bytes, in: 0..<bytes.count) else { return nil }
        let start = cursor.offset
        if place > start, place < cursor.end { cursor.skip(to: place) }
        let first = cursor.offset
        while let element = try? cursor.next() {
            if element.isNamed(&name, in: bytes) {
                place = cursor.offset
                return BSONValue(element, in: bytes)
            }
        }
        cursor.skip(to: start)
        while cursor.offset < first, let element = try? cursor.next() {
            if element.isNamed(&name, in: bytes) {
                place = cursor.offset
                return BSONValue(element, in: bytes)
            }
        }
        return nil
    }

    /// The value at a path of keys; a key can be an index where the value on the way is an array.
    public subscript(path path: String...) -> BSONValue? {
        var range = 0..<bytes.count
        for (depth, key) in path.enumerated() {
            guard let element = element(key, in: range) else { return nil }
            if depth == path.count - 1 { return BSONValue(element, in: bytes) }
            guard element.type == .document || element.type == .array else { return nil }
            range = element.value
        }
        return nil
    }

    /// Whether the document has this key (with any value, null included).
    public func contains(key: String) -> Bool {
        element(key) != nil
    }

    public var isEmpty: Bool {
        bytes.count == 5
    }

    /// The first key; nil in an empty document.
    public var firstKey: String? {
        var iterator = makeIterator()
        return iterator.next()?.key
    }

    /// All keys in order.
    public var keys: [String] {
        map(\.key)
    }

    private func element(_ key: String, in range: Range<Int>? = nil) -> RawElement? {
        var name = key
        guard var cursor = try? ElementCursor(bytes, in: range ?? 0..<bytes.count) else { return nil }
        while let element = try? cursor.next() {
            if element.isNamed(&name, in: bytes) { return element }
        }
        return nil
    }
}

extension Document: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, BSONValue)...) {
        self.init(elements)
    }
}

extension Document: Sequence {
    /// Reads keys and values in order.
    public struct Iterator: IteratorProtocol {
        private var cursor: ElementCursor?

        init(_ bytes: [UInt8]) {
            cursor = try? ElementCursor(bytes, in: 0..<bytes.count)
        }

        public mutating func next() -> (key: String, value: BSONValue)? {
            guard let element = try? cursor?.next(), let bytes = cursor?.bytes else { return nil }
            return (element.name(in: bytes), BSONValue(element, in: bytes))
        }
    }

    public func makeIterator() -> Iterator {
        Iterator(bytes)
    }
}

extension Document {
    /// Splits documents that lie one behind the other, validating each.
    public static func sequence(validating bytes: [UInt8]) throws(BSONError) -> [Document] {
        var documents: [Document] = []
        var offset = 0
        while offset < bytes.count {
            guard bytes.count - offset >= 5 else { throw BSONError(reason: .truncated, offset: offset) }
            let length = Int(bytes.int32(at: offset))
            guard length >= 5 else { throw BSONError(reason: .badLength, offset: offset) }
            guard length <= bytes.count - offset else { throw BSONError(reason: .truncated, offset: offset) }
            try DocumentValidator.validate(bytes, in: offset..<offset + length)
            documents.append(Document(trusted: Array(bytes[offset..<offset + length])))
            offset += length
        }
        return documents
    }
}
