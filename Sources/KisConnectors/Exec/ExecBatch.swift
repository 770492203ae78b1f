import Foundation
import KisFlow

/// The rows of one call, as they go to a program.
struct ExecBatch: Sendable {
    static let end = Data(#"{"kis":"end"}"#.utf8)
    private static let chunkBytes = 1 << 16

    /// The JSON text of each row that is one, without line feeds.
    private(set) var lines: [Data] = []
    /// The numbers that these rows have in the call.
    private(set) var numbers: [Int] = []
    /// The numbers of rows that are no JSON, which no program gets.
    private(set) var unreadable: [Int] = []

    /// - Throws: `FlowError` of kind `badRow` for a row that cannot be written as JSON.
    init(_ rows: FlowRows) throws {
        let texts = try rows.values(as: Data.self)
        lines.reserveCapacity(texts.count)
        numbers.reserveCapacity(texts.count)
        for (number, text) in texts.enumerated() {
            if JSONSyntax.isValue(text) {
                lines.append(Self.onOneLine(text))
                numbers.append(number)
            } else {
                unreadable.append(number)
            }
        }
    }

    /// What a program reads, in pieces of bounded size.
    func write(_ protocol: ExecProtocol, _ write: ([UInt8]) async throws -> Void) async throws {
        var chunk: [UInt8] = []
        chunk.reserveCapacity(Self.chunkBytes + 1_024)
        for line in `protocol` == .batch ? lines + [Self.end] : lines {
            chunk.append(contentsOf: line)
            chunk.append(0x0A)
            guard chunk.count >= Self.chunkBytes else { continue }
            try await write(chunk)
            chunk.removeAll(keepingCapacity: true)
        }
        if !chunk.isEmpty { try await write(chunk) }
    }

    /// A line feed in JSON can only stand between values, where a blank means the same.
    private static func onOneLine(_ text: Data) -> Data {
        guard text.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return text }
        return Data(text.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
    }
}
