import KisFlow

/// How a CSV file is written.
struct CSVDialect: Sendable, Hashable {
    var delimiter: UInt8 = 0x2C
    /// Unquoted fields with one of these texts have no value; empty ones never have.
    var missing: [[UInt8]] = []
    var hasHeader = true
    /// Names of the columns; from the header when `nil`.
    var columns: [String]?

    init() {}

    /// - Throws: `FlowError` of kind `connector`.
    init(params: [String: String]) throws {
        if let text = params["delimiter"] { delimiter = try Self.delimiter(text) }
        missing = (params["missing"] ?? "").split(separator: ",").map { Array($0.utf8) }
        hasHeader = try Self.flag("header", params, true)
        columns = params["columns"].map { $0.split(separator: ",").map { Self.trimmed($0) } }
        if !hasHeader && columns == nil {
            throw FlowError(.connector, "without a header (header: false) the parameter columns must name the columns")
        }
    }

    private static func delimiter(_ text: String) throws -> UInt8 {
        if text == "tab" || text == "\t" { return 0x09 }
        let bytes = Array(text.utf8)
        guard bytes.count == 1, !CSVBytes.isSpecial(bytes[0]) else {
            throw FlowError(.connector, "parameter delimiter is \"\(text)\"; it must be one ASCII character, or tab")
        }
        return bytes[0]
    }

    private static func flag(_ name: String, _ params: [String: String], _ fallback: Bool) throws -> Bool {
        switch params[name]?.lowercased() {
        case nil: return fallback
        case "true", "yes": return true
        case "false", "no": return false
        case let other?: throw FlowError(.connector, "parameter \(name) is \"\(other)\"; it must be true or false")
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

enum CSVBytes {
    static let quote: UInt8 = 0x22
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D

    static func isSpecial(_ byte: UInt8) -> Bool { byte == quote || byte == lineFeed || byte == carriageReturn }
}
