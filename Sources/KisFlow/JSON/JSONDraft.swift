/// A JSON value while it is encoded. Not for concurrent use.
///
/// Types may write to several containers in turns, and to a key twice, so nothing has its place in the text before all is there: until then it is a
/// tree, whose nodes and texts lie one after the other in storage that is used again for the next value.
final class JSONDraft {
    /// A part of ``texts``.
    struct Span {
        var start = 0
        var end = 0
    }

    struct Node {
        enum Kind {
            /// Nothing was encoded, which counts as an object without fields.
            case none
            case scalar, array, object
            /// Encoding it failed; who caught the error goes on without it.
            case dropped
        }

        var kind = Kind.none
        let parent: Int
        /// Where the key is, as it is without quotes and escapes.
        let key: Span
        /// Where a scalar's text is.
        var text = Span()
        var first = -1
        var last = -1
        var next = -1
        var count = 0
    }

    let nodes = GrowingBuffer<Node>(capacity: 32)
    let texts = GrowingBuffer<UInt8>(capacity: 512)
    /// The fields of the objects that are being written, those of inner ones after those of outer ones.
    let fields = GrowingBuffer<Int>(capacity: 32)

    /// Forgets what is there, but for a value to which nothing has been encoded: node 0.
    func reset() {
        nodes.removeAll()
        texts.removeAll()
        fields.removeAll()
        nodes.append(Node(parent: -1, key: Span()))
    }

    /// Adds an element to an array or, with a key, a field to an object.
    func add(to parent: Int, key: Span = Span()) -> Int {
        let number = nodes.count
        nodes.append(Node(parent: parent, key: key))
        let last = nodes[parent].last
        if last < 0 { nodes[parent].first = number } else { nodes[last].next = number }
        nodes[parent].last = number
        nodes[parent].count += 1
        return number
    }

    func add(to parent: Int, key: String) -> Int {
        let start = texts.count
        var key = key
        key.withUTF8 { texts.append($0) }
        return add(to: parent, key: Span(start: start, end: texts.count))
    }

    /// The object or array that a field already holds.
    func child(of parent: Int, key: String, _ kind: Node.Kind) -> Int? {
        var place = nodes[parent].first
        while place >= 0 {
            if nodes[place].kind == kind, text(nodes[place].key).elementsEqual(key.utf8) { return place }
            place = nodes[place].next
        }
        return nil
    }

    @inline(__always)
    func text(_ span: Span) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: texts.elements[span.start..<span.end])
    }

    func mark(_ node: Int, _ kind: Node.Kind) { nodes[node].kind = kind }

    /// Makes a node a scalar with the text that `write` appends.
    @inline(__always)
    func scalar(_ node: Int, _ write: (GrowingBuffer<UInt8>) -> Void) {
        let start = texts.count
        write(texts)
        nodes[node].kind = .scalar
        nodes[node].text = Span(start: start, end: texts.count)
    }

    /// Where a node stands, for errors.
    func path(to node: Int) -> [any CodingKey] {
        var path: [any CodingKey] = []
        var place = node
        while nodes[place].parent >= 0 {
            path.append(step(to: place))
            place = nodes[place].parent
        }
        return path.reversed()
    }

    private func step(to node: Int) -> JSONPathKey {
        let key = nodes[node].key
        if nodes[nodes[node].parent].kind == .object { return JSONPathKey(String(decoding: text(key), as: UTF8.self)) }
        var index = 0
        var place = nodes[nodes[node].parent].first
        while place != node, place >= 0 {
            index += 1
            place = nodes[place].next
        }
        return JSONPathKey(index)
    }
}
