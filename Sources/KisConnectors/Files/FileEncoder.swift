import KisFlow

/// Turns rows into the bytes of a file. A value: a copy is the state to go back to.
enum FileEncoder {
    case lines(LineEncoder)
    case csv(CSVWriter)

    /// - Parameter columns: of a file that has a header already.
    init(path: String, format: FileFormat, columns: [String]? = nil) {
        switch format.kind {
        case .csv, .tsv: self = .csv(CSVWriter(path: path, dialect: format.dialect, columns: columns))
        case .jsonl, .text: self = .lines(LineEncoder(path: path, format: format))
        }
    }

    /// Whether it matters which rows are given together: those of the first batch of a CSV file make its columns.
    var isOpen: Bool {
        if case .csv(let writer) = self { return writer.columns == nil }
        return false
    }

    mutating func append<Row: Codable & Sendable>(_ rows: ArraySlice<Row>, to buffer: inout [UInt8]) throws {
        switch self {
        case .lines(var encoder):
            defer { self = .lines(encoder) }
            try encoder.append(rows, to: &buffer)
        case .csv(var writer):
            defer { self = .csv(writer) }
            try writer.append(rows, to: &buffer)
        }
    }

    /// What stands in a file without rows.
    mutating func start(_ buffer: inout [UInt8]) throws {
        try append([[String: String]]()[...], to: &buffer)
    }
}
