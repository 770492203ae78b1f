/// For Benchmarks/ only: decodes rows as flows do, without a flow. No promise is made about it.
@_spi(Benchmarks) public struct BareJSON {
    private let decoder = JSONRowDecoder()

    public init() {}

    public func row<Row: Decodable>(_ type: Row.Type, from text: String) throws -> Row {
        var text = text
        return try text.withUTF8 { try decoder.row(type, from: $0) }
    }
}
