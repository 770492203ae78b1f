import KisFlow

/// For Benchmarks/ only: reads a CSV file as flows do, without making rows of it. No promise is made about it.
@_spi(Benchmarks) public enum BareCSV {
    /// Cuts a file into records and fields.
    ///
    /// - Returns: the number of records, without the header.
    public static func parse(path: String) throws -> Int {
        let format = try FileFormat(ConnectorDefinition(name: "bare", type: "csv", address: path))
        var reader = try ChunkReader(path: path, isGzip: false)
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
