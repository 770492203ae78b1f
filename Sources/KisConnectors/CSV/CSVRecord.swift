/// The fields of one record, unquoted, in storage that is used again for the next one.
struct CSVRecord {
    /// The fields' bytes, one after the other.
    var bytes: [UInt8] = []
    /// Where each field starts and ends in `bytes`.
    var starts: [Int] = []
    var ends: [Int] = []
    var quoted: [Bool] = []
    /// The line on which the record starts, counted from 1.
    var line = 0

    var count: Int { starts.count }

    /// Nothing between two ends of lines.
    var isBlank: Bool { count == 1 && ends[0] == 0 && !quoted[0] }

    mutating func clear(line: Int) {
        bytes.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        quoted.removeAll(keepingCapacity: true)
        self.line = line
    }

    mutating func closeField(from start: Int, to end: Int, quoted isQuoted: Bool) {
        starts.append(start)
        ends.append(end)
        quoted.append(isQuoted)
    }

    /// The field as a text; `nil` when it is not UTF-8.
    func text(_ field: Int) -> String? {
        String(validating: bytes[starts[field]..<ends[field]], as: UTF8.self)
    }

    /// The field for an error message.
    func excerpt(_ field: Int) -> String {
        String(decoding: bytes[starts[field]..<ends[field]].prefix(80), as: UTF8.self)
    }

    /// The whole record for an error message.
    var excerpt: String {
        (0..<count).map { excerpt($0) }.joined(separator: ",")
    }

    func equals(_ field: Int, _ text: [UInt8]) -> Bool {
        let start = starts[field]
        guard ends[field] - start == text.count else { return false }
        for offset in 0..<text.count where bytes[start + offset] != text[offset] { return false }
        return true
    }
}
