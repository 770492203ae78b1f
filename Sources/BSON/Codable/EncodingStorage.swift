#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An open document or array of an ``EncodingStorage``.
struct EncodingContainer {
    let depth: Int
    let serial: Int
    let path: CodingPath
}

/// Where a value goes: under a key of an open container, or to the root. The path is put together only when it is needed.
struct EncodingSlot {
    let parent: EncodingContainer?
    let key: any CodingKey

    static var root: EncodingSlot { EncodingSlot(parent: nil, key: DynamicKey(stringValue: "")) }

    var path: CodingPath {
        parent?.path.appending(key) ?? .root
    }
}

/// The one buffer that all containers of an encoding write to.
///
/// Containers form a stack. Writing to one ends those that were opened inside it; a container that has ended refuses further writes,
/// since the bytes behind it are taken.
final class EncodingStorage {
    private var writer = BSONWriter()
    private var stack: [(mark: Int, serial: Int)] = []
    private var nextSerial = 0
    /// A mistake seen where Codable does not let us throw.
    private var failure: EncodingError?

    func finish() throws -> Document {
        if let failure { throw failure }
        try close(to: 0)
        return Document(trusted: writer.take())
    }

    /// Opens a document or an array at a slot.
    func open(_ type: ElementType, at slot: EncodingSlot) throws -> EncodingContainer {
        if slot.parent == nil {
            guard type == .document, stack.isEmpty else { throw mistake("the top level must be a document", slot.path) }
        } else {
            try begin(type.rawValue, at: slot)
        }
        guard stack.count < Document.maximumDepth else {
            throw mistake("nested deeper than \(Document.maximumDepth) documents", slot.path)
        }
        nextSerial += 1
        stack.append((writer.beginDocument(), nextSerial))
        return EncodingContainer(depth: stack.count, serial: nextSerial, path: slot.path)
    }

    /// Like ``open(_:at:)`` where Codable does not let us throw: the mistake comes out at the next write or at the end.
    func openLater(_ type: ElementType, at slot: EncodingSlot) -> EncodingContainer {
        do {
            return try open(type, at: slot)
        } catch {
            note(error as? EncodingError ?? mistake("\(error)", slot.path))
            return EncodingContainer(depth: .max, serial: -1, path: slot.path)
        }
    }

    func note(_ error: EncodingError) {
        failure = failure ?? error
    }

    func write(_ value: BSONValue, at slot: EncodingSlot) throws {
        guard slot.parent != nil else {
            guard case .document(let document) = value, stack.isEmpty else { throw mistake("the top level must be a document", slot.path) }
            return writeRoot(document)
        }
        try begin(value.typeByte, at: slot)
        writer.appendPayload(value)
    }

    func write(_ text: String, at slot: EncodingSlot) throws {
        try begin(ElementType.string.rawValue, at: slot)
        writer.appendString(text)
    }

    func write(_ number: some BinaryInteger, at slot: EncodingSlot) throws {
        guard let exact = Int64(exactly: number) else { throw mistake("\(number) does not fit into 64 bits with sign", slot.path) }
        try write(.int64(exact), at: slot)
    }

    func encode<T: Encodable>(_ value: T, at slot: EncodingSlot) throws {
        if let ready = readyMade(value) { return try write(ready, at: slot) }
        let encoder = SlotEncoder(storage: self, slot: slot)
        try value.encode(to: encoder)
        if !encoder.isUsed { _ = try open(.document, at: slot) }
        if let failure { throw failure }
    }

    func mistake(_ text: String, _ path: CodingPath) -> EncodingError {
        .invalidValue(path.keys.last?.stringValue ?? "", EncodingError.Context(codingPath: path.keys, debugDescription: text))
    }

    /// The types that have a BSON form of their own. Comparing metatypes first costs a nanosecond, a failing cast fifty.
    private func readyMade<T>(_ value: T) -> BSONValue? {
        if T.self == BSONValue.self, let value = value as? BSONValue { return value }
        if T.self == Document.self, let value = value as? Document { return .document(value) }
        if T.self == Date.self, let value = value as? Date { return .date(BSONDate(value)) }
        if T.self == Data.self, let value = value as? Data { return .binary(value) }
        if T.self == [UInt8].self, let value = value as? [UInt8] { return .binary(subtype: 0, bytes: value) }
        if T.self == ObjectID.self, let value = value as? ObjectID { return .objectID(value) }
        if T.self == BSONDate.self, let value = value as? BSONDate { return .date(value) }
        if T.self == URL.self, let value = value as? URL { return .string(value.absoluteString) }
        return nil
    }

    private func begin(_ type: UInt8, at slot: EncodingSlot) throws {
        if let failure { throw failure }
        guard let parent = slot.parent else { throw mistake("the top level must be a document", slot.path) }
        guard parent.depth <= stack.count, stack[parent.depth - 1].serial == parent.serial else {
            throw mistake("this container was already left for another one", slot.path)
        }
        let key = slot.key.stringValue
        guard !key.utf8.contains(0) else { throw mistake("a key cannot contain a zero byte", slot.path) }
        if stack.count > parent.depth { try close(to: parent.depth) }
        writer.beginElement(type, checkedKey: key)
    }

    private func close(to depth: Int) throws {
        while stack.count > depth, let last = stack.popLast() {
            writer.endDocument(last.mark)
            guard writer.count <= Int(Int32.max) else { throw mistake("a document cannot have more than 2 GiB", .root) }
        }
    }

    private func writeRoot(_ document: Document) {
        nextSerial += 1
        stack.append((writer.beginDocument(), nextSerial))
        for (key, value) in document {
            writer.append(value, key: key)
        }
    }
}
