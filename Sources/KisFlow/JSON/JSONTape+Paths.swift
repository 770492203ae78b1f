/// Where values stand, for errors: found out when it is needed, so that decoding need not keep track of it.
extension JSONTape {
    /// The path of a value, or of the object that a key belongs to.
    func path(to number: Int) -> [any CodingKey] {
        var path: [any CodingKey] = []
        var outer = 0
        while outer != number {
            guard let (step, inner) = step(from: outer, towards: number) else { return path }
            path.append(step)
            outer = inner
        }
        return path
    }

    private func step(from outer: Int, towards number: Int) -> (JSONPathKey, Int)? {
        let isObject = kind(outer) == .object
        guard isObject || kind(outer) == .array else { return nil }
        var place = outer + 1
        var index = 0
        while place < after(outer) {
            let value = isObject ? place + 1 : place
            if number < after(value) { return (isObject ? JSONPathKey(string(token(place))) : JSONPathKey(index), value) }
            place = after(value)
            index += 1
        }
        return nil
    }
}

/// A key, or an index in an array.
struct JSONPathKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ key: String) {
        stringValue = key
        intValue = nil
    }

    init(_ index: Int) {
        stringValue = "Index \(index)"
        intValue = index
    }

    init?(stringValue: String) { self.init(stringValue) }

    init?(intValue: Int) { self.init(intValue) }
}
