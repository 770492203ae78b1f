import KisFlow

/// Where reading a file goes on: behind a record.
struct FilePosition: Sendable, Hashable {
    static let start = FilePosition(offset: 0, line: 0, row: 0)

    /// In bytes, of what the file holds when it is not compressed.
    var offset: Int
    /// How many lines lie before.
    var line: Int
    /// How many rows lie before.
    var row: Int
    /// Which of several files.
    var file: String?

    init(offset: Int, line: Int, row: Int, file: String? = nil) {
        self.offset = offset
        self.line = line
        self.row = row
        self.file = file
    }

    /// - Throws: `FlowError` of kind `checkpoint` for a position that another connector gave.
    init(_ value: FieldValue, path: String) throws {
        guard case .object(let fields) = value, case .int(let offset) = fields["offset"], case .int(let line) = fields["line"],
            case .int(let row) = fields["row"], offset >= 0, line >= 0, row >= 0
        else {
            throw FlowError(.checkpoint, "the checkpoint has no position in a file like \(path); start without it")
        }
        self.init(offset: offset, line: line, row: row)
        if case .string(let name) = fields["file"] { file = name }
    }

    var value: FieldValue {
        var fields: [String: FieldValue] = ["offset": .int(offset), "line": .int(line), "row": .int(row)]
        fields["file"] = file.map { .string($0) }
        return .object(fields)
    }
}
