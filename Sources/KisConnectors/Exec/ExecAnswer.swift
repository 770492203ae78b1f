import Foundation
import KisFlow

/// What a program gives for a batch, line by line.
struct ExecAnswer: Sendable {
    /// What is wrong with what a program wrote.
    struct Fault: Error {
        let reason: String
    }

    /// Something that a program says about a row.
    struct Remark: Sendable {
        enum Kind: String, Sendable {
            case error, reject
        }

        let kind: Kind
        /// The row's number in the call.
        let row: Int
        let message: String
    }

    private struct Message: Decodable {
        let kis: String
        let message: String?
        let row: Int?
    }

    private static let messageMark = Array(#""kis""#.utf8)
    /// All that a program may write for a batch.
    private static let maximumBytes = 1 << 28

    /// JSON texts.
    private(set) var rows: [String] = []
    private(set) var remarks: [Remark] = []
    /// How many lines there were.
    private(set) var lines = 0
    private(set) var hasEnded = false
    private let settings: ExecSettings
    /// The numbers in the call of the rows that the program was given.
    private let numbers: [Int]
    private var bytes = 0

    init(to numbers: [Int], _ settings: ExecSettings) {
        self.numbers = numbers
        self.settings = settings
        if settings.protocol == .rows { rows.reserveCapacity(numbers.count) }
        hasEnded = settings.protocol == .rows && numbers.isEmpty
    }

    /// Takes the next line.
    mutating func take(_ line: Data) throws(Fault) {
        bytes += line.count
        guard bytes <= Self.maximumBytes else { throw Fault(reason: "wrote more than \(Self.maximumBytes) bytes for one batch") }
        try note(line)
        lines += 1
        if settings.protocol == .rows { hasEnded = lines == numbers.count }
    }

    private mutating func note(_ line: Data) throws(Fault) {
        guard let first = line.first(where: { $0 != 0x20 && $0 != 0x09 }) else { return }
        guard JSONSyntax.isValue(line), let text = String(validating: line, as: UTF8.self) else { throw wrong("which is no JSON", line) }
        if first == UInt8(ascii: "n") { return }
        if first == UInt8(ascii: "{"), Self.mayBeMessage(line), let message = try? JSONDecoder().decode(Message.self, from: line) {
            return try take(message, line)
        }
        guard rows.count < settings.maximumRows else {
            throw Fault(reason: "wrote more than \(settings.maximumRows) rows for one batch (parameter max_rows_out)")
        }
        rows.append(text)
    }

    private mutating func take(_ message: Message, _ line: Data) throws(Fault) {
        if message.kis == "end", settings.protocol == .batch {
            hasEnded = true
            return
        }
        guard let kind = Remark.Kind(rawValue: message.kis) else {
            throw wrong("a message that protocol \(settings.protocol) has not", line)
        }
        let index = message.row ?? (settings.protocol == .rows ? lines : nil)
        guard let index, numbers.indices.contains(index) else {
            throw wrong("which names no row of the batch (row, from 0 to \(numbers.count - 1))", line)
        }
        remarks.append(Remark(kind: kind, row: numbers[index], message: String((message.message ?? "no reason given").prefix(1_000))))
    }

    /// A quick look; most rows do not hold the word at all.
    private static func mayBeMessage(_ line: Data) -> Bool {
        line.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while let quote = rest.firstIndex(of: messageMark[0]) {
                rest = rest[quote...]
                if rest.starts(with: messageMark) { return true }
                rest = rest.dropFirst()
            }
            return false
        }
    }

    private func wrong(_ why: String, _ line: Data) -> Fault {
        let beginning = String(decoding: line.prefix(200), as: UTF8.self)
        return Fault(reason: "wrote as line \(lines + 1) of its answer \(why): \(beginning)\(line.count > 200 ? "…" : "")")
    }
}
