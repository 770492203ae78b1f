import KisFlow
import NIOCore

/// Reads answers off the wire (RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/), of bounded size.
struct RESPDecoder: ByteToMessageDecoder {
    typealias InboundOut = RESPValue

    struct Malformed: Error {
        let reason: String
    }

    private struct Array {
        var rest: Int
        var items: [RESPValue] = []
    }

    private static let maximumLineBytes = 1 << 16
    private static let maximumDepth = 32

    let maximumBytes: Int
    private var open: [Array] = []
    /// How large the answer at hand is so far.
    private var bytes = 0

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let value = try next(&buffer) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(value))
        return .continue
    }

    mutating func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
        try decode(context: context, buffer: &buffer)
    }

    /// The next whole answer; what was read of one that is not whole is kept.
    mutating func next(_ buffer: inout ByteBuffer) throws -> RESPValue? {
        while true {
            let before = buffer.readableBytes
            guard var value = try token(&buffer) else { return nil }
            bytes += before - buffer.readableBytes
            guard bytes <= maximumBytes else { throw tooLarge() }
            if case .number(let count) = value, isArray {
                isArray = false
                if count > 0 {
                    guard open.count < Self.maximumDepth else { throw Malformed(reason: "an answer of too many levels") }
                    open.append(Array(rest: count))
                    continue
                }
                value = count < 0 ? .null : .array([])
            }
            guard let whole = close(value) else { continue }
            bytes = 0
            return whole
        }
    }

    /// Whether the number that was read is the length of a list.
    private var isArray = false

    /// Puts a value into the list that it belongs to; gives it back when it belongs to none.
    private mutating func close(_ value: RESPValue) -> RESPValue? {
        var value = value
        while var last = open.popLast() {
            last.items.append(value)
            last.rest -= 1
            guard last.rest == 0 else {
                open.append(last)
                return nil
            }
            value = .array(last.items)
        }
        return value
    }

    private mutating func token(_ buffer: inout ByteBuffer) throws -> RESPValue? {
        let start = buffer.readerIndex
        guard let line = try line(&buffer), let kind = line.utf8.first else { return nil }
        let rest = line.dropFirst()
        switch kind {
        case UInt8(ascii: "+"): return .text(String(rest))
        case UInt8(ascii: "-"): return .error(String(rest))
        case UInt8(ascii: ":"): return .number(try number(rest))
        case UInt8(ascii: "*"):
            isArray = true
            return .number(try number(rest))
        case UInt8(ascii: "$"):
            let length = try number(rest)
            if length < 0 { return .null }
            guard length <= maximumBytes - bytes else { throw tooLarge() }
            guard buffer.readableBytes >= length + 2 else {
                buffer.moveReaderIndex(to: start)
                return nil
            }
            defer { buffer.moveReaderIndex(forwardBy: 2) }
            return .bytes(buffer.readBytes(length: length) ?? [])
        default: throw Malformed(reason: "an answer that starts with \"\(line.prefix(20))\"; is this a Redis server?")
        }
    }

    private func line(_ buffer: inout ByteBuffer) throws -> String? {
        guard let end = buffer.readableBytesView.prefix(Self.maximumLineBytes).firstIndex(of: 0x0A) else {
            guard buffer.readableBytes < Self.maximumLineBytes else { throw Malformed(reason: "a line without an end") }
            return nil
        }
        let length = end - buffer.readerIndex
        guard let text = buffer.readString(length: length), text.utf8.last == 0x0D, text.utf8.count > 1 else {
            throw Malformed(reason: "a line that does not end as it should; is this a Redis server?")
        }
        buffer.moveReaderIndex(forwardBy: 1)
        return String(text.unicodeScalars.dropLast())
    }

    private func number(_ text: Substring) throws -> Int {
        guard let number = Int(text) else { throw Malformed(reason: "\"\(text.prefix(40))\" where a number belongs") }
        return number
    }

    private func tooLarge() -> Malformed {
        Malformed(reason: "an answer of more than \(maximumBytes) bytes (parameter max_reply_bytes)")
    }
}
