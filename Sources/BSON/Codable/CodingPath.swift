/// The way from the root to a value, as a linked list: extending it costs one small allocation, and only an error turns it
/// into the array that Codable wants.
indirect enum CodingPath {
    case root
    case key(any CodingKey, CodingPath)

    func appending(_ key: any CodingKey) -> CodingPath {
        .key(key, self)
    }

    var keys: [any CodingKey] {
        var keys: [any CodingKey] = []
        var path = self
        while case .key(let key, let parent) = path {
            keys.append(key)
            path = parent
        }
        return keys.reversed()
    }

    var depth: Int {
        var depth = 0
        var path = self
        while case .key(_, let parent) = path {
            depth += 1
            path = parent
        }
        return depth
    }
}

/// A key made at run time: a name, or an index of an array.
struct DynamicKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = String(intValue)
        self.intValue = intValue
    }
}
