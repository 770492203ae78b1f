import ArgumentParser

/// An argument `key=value`.
package struct KeyValue: Hashable, Sendable {
    package var key: String
    package var value: String

    /// The key ends at the first `=`; the value may contain more of them and may be empty.
    package static func parse(_ text: String) throws -> KeyValue {
        guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
            throw ValidationError("write it as key=value")
        }
        return KeyValue(key: String(text[..<sign]), value: String(text[text.index(after: sign)...]))
    }

    /// The pairs by key.
    /// - Throws: `ValidationError` if a key is given twice.
    package static func dictionary(_ pairs: [KeyValue], option: String) throws -> [String: String] {
        var values: [String: String] = [:]
        for pair in pairs {
            guard values.updateValue(pair.value, forKey: pair.key) == nil else {
                throw ValidationError("\(option) \(pair.key) is given twice; give it once")
            }
        }
        return values
    }
}
