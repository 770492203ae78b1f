import CZlib
import KisFlow

/// Unpacks a gzip file of one member or several, piece by piece.
final class GzipInflater {
    private static let outputBytes = 1 << 18

    private let path: String
    /// Allocated, since zlib remembers its address.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input: [UInt8] = []
    private var position = 0
    private var isInMember = false
    private var hasMember = false

    /// - Throws: `FlowError` of kind `connector` when there is no memory.
    init(path: String) throws {
        self.path = path
        stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16 for a gzip header.
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw FlowError(.connector, "\(path): zlib cannot start; is there memory left?")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    var needsInput: Bool { position == input.count }

    func feed(_ bytes: [UInt8]) {
        input = bytes
        position = 0
    }

    /// The next unpacked bytes, a bounded piece; empty when more input is needed.
    ///
    /// - Throws: `FlowError` of kind `connector` for bytes that are no gzip.
    func next() throws -> [UInt8] {
        while true {
            if !isInMember {
                // Some tools fill up the end of a file with zeros.
                while hasMember, position < input.count, input[position] == 0 { position += 1 }
                guard position < input.count else { return [] }
                isInMember = true
                hasMember = true
            }
            guard position < input.count else { return [] }
            let output = try inflated()
            if !output.isEmpty { return output }
        }
    }

    /// - Throws: `FlowError` of kind `connector` when the input ends inside of a member.
    func finish() throws {
        guard !isInMember, hasMember else {
            throw FlowError(.connector, "\(path) ends in the middle of its gzip data: it is truncated, fetch or write it again")
        }
    }

    private func inflated() throws -> [UInt8] {
        var code = Z_OK
        let available = input.count - position
        let output = try [UInt8](unsafeUninitializedCapacity: Self.outputBytes) { buffer, count in
            input.withUnsafeMutableBufferPointer { input in
                stream.pointee.next_in = input.baseAddress.map { $0 + position }
                stream.pointee.avail_in = UInt32(available)
                stream.pointee.next_out = buffer.baseAddress
                stream.pointee.avail_out = UInt32(buffer.count)
                code = inflate(stream, Z_NO_FLUSH)
            }
            count = buffer.count - Int(stream.pointee.avail_out)
            guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { throw corrupt() }
        }
        position += available - Int(stream.pointee.avail_in)
        if code == Z_STREAM_END {
            isInMember = false
            inflateReset(stream)
        }
        return output
    }

    private func corrupt() -> FlowError {
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "bad data"
        return FlowError(.connector, "\(path) is not valid gzip: \(reason)")
    }
}
