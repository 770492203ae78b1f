import Console
import Dispatch

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The lines of a file or of standard input, one after the other; no more than a line and a block of it is in memory.
struct LineSource {
    /// Bytes of the file, where it is one.
    let size: Int?
    private(set) var bytesRead = 0
    private let name: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    private static let blockBytes = 256 * 1_024
    /// The largest definition that a store keeps in one piece is far smaller.
    private static let lineLimit = 256 << 20

    /// - Parameter path: `-` for standard input.
    /// - Throws: `Failure` where the file cannot be opened.
    init(_ path: String) throws {
        name = path == "-" ? "standard input" : "'\(path)'"
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Failure(.usage, "\(name) cannot be read: \(String(cString: strerror(errno))); check the path")
        }
        var facts = stat()
        let isFile = fstat(descriptor, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
        size = isFile ? Int(facts.st_size) : nil
    }

    /// The next line without its line feed; `nil` at the end.
    /// - Throws: `Failure` where it cannot be read, or is too long to be one.
    mutating func next() async throws -> [UInt8]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                return Array(buffer[start..<end])
            }
            if isAtEnd {
                defer { start = buffer.count }
                return start < buffer.count ? Array(buffer[start...]) : nil
            }
            guard buffer.count - start <= Self.lineLimit else {
                throw Failure(.usage, "\(name) has a line of more than \(Self.lineLimit >> 20) MB: it is no export")
            }
            buffer.removeFirst(start)
            (start, searched) = (0, buffer.count)
            try await readBlock()
        }
    }

    private mutating func readBlock() async throws {
        let block = await Self.block(of: descriptor)
        guard block.count >= 0 else { throw Failure(.usage, "\(name) cannot be read: \(String(cString: strerror(block.error)))") }
        buffer += block.bytes.prefix(block.count)
        bytesRead += block.count
        isAtEnd = block.count == 0
    }

    /// Reading waits, a pipe perhaps for long: not on a thread that others need.
    private static func block(of descriptor: Int32) async -> (bytes: [UInt8], count: Int, error: Int32) {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var bytes = [UInt8](repeating: 0, count: blockBytes)
                while true {
                    let count = read(descriptor, &bytes, bytes.count)
                    if count < 0, errno == EINTR { continue }
                    return continuation.resume(returning: (bytes, count, errno))
                }
            }
        }
    }
}
