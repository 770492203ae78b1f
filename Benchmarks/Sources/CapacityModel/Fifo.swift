/// First in, first out, without moving what stays.
struct Fifo<Element> {
    private var elements: [Element] = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        defer { head += 1 }
        // What was taken is given back when it is half of the whole.
        if head > 64, head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return elements[head]
    }

    /// Takes the first ones, at most `limit`.
    mutating func take(_ limit: Int) -> [Element] {
        var taken: [Element] = []
        while taken.count < limit, let next = popFirst() { taken.append(next) }
        return taken
    }
}
