import KisFlow

/// A row that is to be stored.
struct JSONRow {
    /// Its number among those that are stored together, counted from 0.
    let number: Int
    let json: [UInt8]

    static func all<Row: Codable & Sendable>(_ rows: [Row]) throws -> [JSONRow] {
        let codec = RowCodec()
        return try rows.enumerated().map { number, row in
            do {
                return JSONRow(number: number, json: [UInt8](try codec.bytes(of: row)))
            } catch {
                throw FlowError(badRow: codec.badRow(error, index: number, text: "\(row)"))
            }
        }
    }

    func object() throws -> JSONObject {
        if let object = JSONObject(json) { return object }
        throw FlowError(.connector, "row \(number) is no object with fields: \(String(decoding: json.prefix(200), as: UTF8.self))")
    }

    /// A field that names something.
    func text(of field: String, in object: JSONObject, _ place: String) throws -> String {
        if let value = object.value(at: field), let text = JSONObject.text(value), !text.isEmpty { return text }
        throw FlowError(.connector, "row \(number) has no text or number in the field \"\(field)\"; \(place) needs it")
    }
}
