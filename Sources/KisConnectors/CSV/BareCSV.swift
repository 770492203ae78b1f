import KisFlow

/// For Benchmarks/ only: reads a CSV file as flows do, without a flow. No promise is made about it.
@_spi(Benchmarks) public struct BareCSV: Sendable {
    private let file: CSVFile

    public init(path: String, params: [String: String]) throws {
        file = CSVFile(path: path, format: try FileFormat(ConnectorDefinition(name: "bare", type: "csv", address: path, params: params)))
    }

    /// Cuts the file into records and fields.
    ///
    /// - Returns: the number of records, without the header.
    public func parse() throws -> Int { try file.countRecords() }

    /// Reads the file's rows as values of a type.
    ///
    /// - Returns: their number.
    public func decode<Row: Codable & Sendable>(_ type: Row.Type) async throws -> Int {
        var count = 0
        try await file.load(type, from: .start, BatchPolicy(maxRows: 4_096)) { count += $0.rows.count }
        return count
    }
}

extension CSVFile {
    fileprivate func countRecords() throws -> Int {
        var reader = try ChunkReader(path: path, isGzip: format.isGzip)
        var parser = CSVParser(path: path, delimiter: format.dialect.delimiter, maximumRecordBytes: format.maximumRecordBytes)
        let record = CSVRecord()
        var count = 0
        while true {
            let chunk = try reader.next()
            if let chunk { parser.feed(chunk) }
            while try parser.next(into: record, atEnd: chunk == nil) { count += 1 }
            guard chunk != nil else { return count - 1 }
        }
    }
}
