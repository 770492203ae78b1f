import NIOCore

/// One command with its arguments.
struct RedisCommand: Sendable {
    let arguments: [[UInt8]]

    init(_ name: String, _ arguments: [[UInt8]]) {
        self.arguments = [Array(name.utf8)] + arguments
    }

    init(_ words: String...) {
        arguments = words.map { Array($0.utf8) }
    }

    /// About how large it is on the wire.
    var size: Int { arguments.reduce(0) { $0 + $1.count + 16 } }

    /// The name, and the key where that is no secret.
    var description: String {
        let words = arguments.prefix(2).map { String(decoding: $0.prefix(200), as: UTF8.self) }
        return words.first == "AUTH" ? "AUTH" : words.joined(separator: " ")
    }

    func write(to buffer: inout ByteBuffer) {
        buffer.writeString("*\(arguments.count)\r\n")
        for argument in arguments {
            buffer.writeString("$\(argument.count)\r\n")
            buffer.writeBytes(argument)
            buffer.writeString("\r\n")
        }
    }
}
