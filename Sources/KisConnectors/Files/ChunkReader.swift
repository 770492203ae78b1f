import Foundation
import KisFlow

/// Reads a file from its start, or a later place, to its end in pieces; unpacks gzip on the way.
///
/// Reading blocks the calling thread for the time that a local disk takes for one piece.
struct ChunkReader: ~Copyable {
    static let chunkBytes = 1 << 18

    private let handle: FileHandle
    private let path: String
    private let inflater: GzipInflater?
    /// How many unpacked bytes are still to be passed over.
    private var surplus: Int

    /// - Parameter offset: where to start, in bytes of the unpacked file; gzip is unpacked up to there.
    /// - Throws: `FlowError` of kind `connector` for a path that is missing, a folder, not readable, or shorter than the offset.
    init(path: String, isGzip: Bool, from offset: Int = 0) throws {
        let handle = try Self.open(path)
        let inflater = try isGzip ? GzipInflater(path: path) : nil
        if !isGzip, offset > 0 {
            guard try handle.seekToEnd() >= offset else { throw Self.tooShort(path) }
            try handle.seek(toOffset: UInt64(offset))
        }
        self.path = path
        self.handle = handle
        self.inflater = inflater
        surplus = isGzip ? offset : 0
    }

    deinit {
        try? handle.close()
    }

    /// The next piece; `nil` at the end of the file.
    mutating func next() throws -> [UInt8]? {
        while true {
            let piece = inflater == nil ? try read() : try inflated()
            guard let piece else {
                guard surplus == 0 else { throw Self.tooShort(path) }
                return nil
            }
            guard surplus > 0 else { return piece }
            let skipped = min(surplus, piece.count)
            surplus -= skipped
            if skipped < piece.count { return [UInt8](piece[skipped...]) }
        }
    }

    private func inflated() throws -> [UInt8]? {
        while true {
            if let output = try inflater?.next(), !output.isEmpty { return output }
            guard let input = try read() else {
                try inflater?.finish()
                return nil
            }
            inflater?.feed(input)
        }
    }

    private static func open(_ path: String) throws -> FileHandle {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw FlowError(.connector, "there is no file \(path)")
        }
        guard !isDirectory.boolValue else { throw FlowError(.connector, "\(path) is a folder, not a file") }
        guard let handle = FileHandle(forReadingAtPath: path) else { throw FlowError(.connector, "cannot open \(path) for reading") }
        return handle
    }

    private func read() throws -> [UInt8]? {
        do {
            guard let chunk = try handle.read(upToCount: Self.chunkBytes), !chunk.isEmpty else { return nil }
            return [UInt8](chunk)
        } catch {
            throw FlowError(.connector, "cannot read \(path): \(error)", underlying: error)
        }
    }

    private static func tooShort(_ path: String) -> FlowError {
        FlowError(
            .connector, "\(path) is shorter than when the checkpoint was made; put the old file back, or start without the checkpoint")
    }
}
