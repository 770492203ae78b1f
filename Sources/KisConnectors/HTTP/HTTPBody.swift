import Crypto
import Foundation
import KisFlow

/// Rows as the body of a request.
enum HTTPBody {
    static func bytes(_ rows: ArraySlice<[UInt8]>, asLines: Bool) throws -> [UInt8] {
        var body: [UInt8] = []
        if !asLines { body.append(UInt8(ascii: "[")) }
        for (number, row) in rows.enumerated() {
            if asLines {
                guard !row.contains(0x0A) else {
                    throw FlowError(.connector, "row \(number) is a JSON text of several lines; JSON lines take one line a row")
                }
            } else if number > 0 {
                body.append(UInt8(ascii: ","))
            }
            body += row
            if asLines { body.append(0x0A) }
        }
        if !asLines { body.append(UInt8(ascii: "]")) }
        return body
    }

    /// What is the same for the same rows at the same place: SHA-256, as hexadecimal digits.
    static func key(_ method: String, _ url: String, _ body: [UInt8]) -> String {
        var hash = SHA256()
        hash.update(data: Data("\(method) \(url)\n".utf8))
        hash.update(data: body)
        return hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
