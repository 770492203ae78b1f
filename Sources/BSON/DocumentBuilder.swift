/// Writes a document field by field straight into its bytes: for documents that are made by the thousand.
///
/// Keys are literals of the program, so they are not looked at again. Each key must be used once.
public struct DocumentBuilder {
    private var writer: BSONWriter

    fileprivate init(capacity: Int) { writer = BSONWriter(capacity: capacity) }

    public mutating func append(_ key: StaticString, _ text: String) {
        begin(0x02, key)
        writer.appendString(text)
    }

    public mutating func append(_ key: StaticString, _ number: Int64) {
        begin(0x12, key)
        writer.append(littleEndian: number)
    }

    public mutating func append(_ key: StaticString, _ date: BSONDate) {
        begin(0x09, key)
        writer.append(littleEndian: date.milliseconds)
    }

    public mutating func append(_ key: StaticString, _ document: Document) {
        begin(0x03, key)
        writer.append(document)
    }

    /// An array of texts.
    public mutating func append(_ key: StaticString, _ texts: [String]) {
        begin(0x04, key)
        let mark = writer.beginDocument()
        for (index, text) in texts.enumerated() {
            writer.beginElement(0x02, index: index)
            writer.appendString(text)
        }
        writer.endDocument(mark)
    }

    /// A document of texts, in this order.
    public mutating func append(_ key: StaticString, _ members: [(key: String, value: String)]) {
        begin(0x03, key)
        let mark = writer.beginDocument()
        for (name, text) in members {
            writer.beginElement(0x02, name)
            writer.appendString(text)
        }
        writer.endDocument(mark)
    }

    /// An array of documents, each built by a call of `build`.
    public mutating func append<Element>(
        _ key: StaticString, _ elements: [Element], _ build: (Element, inout DocumentBuilder) -> Void
    ) {
        begin(0x04, key)
        let mark = writer.beginDocument()
        for (index, element) in elements.enumerated() {
            writer.beginElement(0x03, index: index)
            let inner = writer.beginDocument()
            build(element, &self)
            writer.endDocument(inner)
        }
        writer.endDocument(mark)
    }

    /// Any value.
    public mutating func append(_ key: StaticString, value: BSONValue) {
        begin(value.typeByte, key)
        writer.appendPayload(value)
    }

    private mutating func begin(_ type: UInt8, _ key: StaticString) {
        writer.beginElement(type, key: key)
    }

    fileprivate consuming func finished() -> [UInt8] {
        writer.endDocument(0)
        return writer.take()
    }

    fileprivate mutating func beginRoot() { _ = writer.beginDocument() }
}

extension Document {
    /// A document built field by field.
    /// - Parameter capacity: about how many bytes it will have; it grows beyond that.
    public init(capacity: Int, _ build: (inout DocumentBuilder) -> Void) {
        var builder = DocumentBuilder(capacity: capacity)
        builder.beginRoot()
        build(&builder)
        self.init(trusted: builder.finished())
    }
}
