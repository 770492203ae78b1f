import KisFlow

/// Makes typed rows of records: a property gets the column with its key's name.
///
/// Not for concurrent use: it holds the record at hand and learns the order in which a type asks for its keys.
final class CSVRowDecoder {
    /// A row that does not decode.
    struct Failure: Error {
        let row: BadRow
    }

    let path: String
    let columns: [String]
    private let missing: [[UInt8]]
    private let longestMark: Int
    private let numbers: [String: Int]
    private(set) var record = CSVRecord()
    /// The keys in the order in which the first row asked for them; the next rows ask in the same order, which saves looking them up.
    private var asked: [(key: String, column: Int?)] = []
    private var turn = 0

    init(path: String, columns: [String], missing: [[UInt8]]) {
        self.path = path
        self.columns = columns
        self.missing = missing
        longestMark = missing.map(\.count).max() ?? 0
        numbers = Dictionary(zip(columns, 0...), uniquingKeysWith: { first, _ in first })
    }

    /// - Parameter index: the row's number, counted from 0.
    func row<Row: Decodable>(_ type: Row.Type, from record: CSVRecord, index: Int) -> Result<Row, Failure> {
        self.record = record
        turn = 0
        guard record.count == columns.count else {
            return .failure(failure(index, nil, "\(record.count) fields, but \(columns.count) columns"))
        }
        do {
            return .success(try Row(from: CSVRecordDecoder(source: self, column: nil, codingPath: [])))
        } catch {
            let bad = RowCodec().badRow(error, index: index, text: record.excerpt)
            return .failure(failure(index, bad.field, bad.reason))
        }
    }

    /// The number of the column with this name.
    func column(_ key: String) -> Int? {
        if turn < asked.count, asked[turn].key == key {
            defer { turn += 1 }
            return asked[turn].column
        }
        let column = numbers[key]
        if turn == asked.count {
            asked.append((key, column))
            turn += 1
        }
        return column
    }

    func isMissing(_ column: Int) -> Bool {
        if record.isQuoted(column) { return false }
        let length = record.field(column).count
        if length == 0 { return true }
        return length <= longestMark && missing.contains { record.equals(column, $0) }
    }

    private func failure(_ index: Int, _ field: String?, _ reason: String) -> Failure {
        Failure(row: BadRow(index: index, source: "\(path):\(record.line)", field: field, reason: reason, text: record.excerpt))
    }
}
