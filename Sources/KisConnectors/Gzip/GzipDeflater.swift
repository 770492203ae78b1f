import CZlib
import KisFlow

/// Packs bytes into gzip members, each of which can be cut off from what follows it.
final class GzipDeflater {
    private static let pieceBytes = 1 << 16

    /// Allocated, since zlib remembers its address.
    private let stream: UnsafeMutablePointer<z_stream>
    private var isInMember = false

    /// - Throws: `FlowError` of kind `connector` when there is no memory.
    init() throws {
        stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit2_(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK else {
            throw FlowError(.connector, "zlib cannot start; is there memory left?")
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Packs bytes into the member at hand.
    ///
    /// - Parameter endsMember: whether the member ends here; without bytes since the last one there is none to end.
    /// - Returns: what is packed so far and was not returned yet.
    func packed(_ bytes: [UInt8], endsMember: Bool) throws -> [UInt8] {
        guard isInMember || !bytes.isEmpty else { return [] }
        return try packedAlways(bytes, endsMember: endsMember)
    }

    /// A member without any bytes: a file of no member at all is not gzip.
    func emptyMember() throws -> [UInt8] {
        try packedAlways([], endsMember: true)
    }

    private func packedAlways(_ bytes: [UInt8], endsMember: Bool) throws -> [UInt8] {
        isInMember = true
        var output: [UInt8] = []
        var start = 0
        repeat {
            let end = min(start + (1 << 30), bytes.count)
            try deflate(bytes, start..<end, isLast: endsMember && end == bytes.count, into: &output)
            start = end
        } while start < bytes.count
        if endsMember { reset() }
        return output
    }

    /// Forgets the member at hand.
    func reset() {
        deflateReset(stream)
        isInMember = false
    }

    private func deflate(_ bytes: [UInt8], _ range: Range<Int>, isLast: Bool, into output: inout [UInt8]) throws {
        var bytes = bytes
        try bytes.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress.map { $0 + range.lowerBound }
            stream.pointee.avail_in = UInt32(range.count)
            var code = Z_OK
            repeat {
                let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { buffer, count in
                    stream.pointee.next_out = buffer.baseAddress
                    stream.pointee.avail_out = UInt32(buffer.count)
                    code = CZlib.deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    count = buffer.count - Int(stream.pointee.avail_out)
                }
                output += piece
                guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else {
                    throw FlowError(.connector, "zlib cannot pack (code \(code))")
                }
            } while isLast ? code != Z_STREAM_END : stream.pointee.avail_out == 0
        }
    }
}
