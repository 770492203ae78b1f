import Foundation
import KisFlow

/// Reads a file from its start to its end in pieces.
///
/// Reading blocks the calling thread for the time that a local disk takes for one piece.
struct ChunkReader: ~Copyable {
    static let chunkBytes = 1 << 18

    private let handle: FileHandle
    private let path: String

    /// - Throws: `FlowError` of kind `connector` for a path that is missing, a folder, or not readable.
    init(path: String) throws {
        self.path = path
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw FlowError(.connector, "there is no file \(path)")
        }
        guard !isDirectory.boolValue else { throw FlowError(.connector, "\(path) is a folder, not a file") }
        guard let handle = FileHandle(forReadingAtPath: path) else { throw FlowError(.connector, "cannot open \(path) for reading") }
        self.handle = handle
    }

    deinit {
        try? handle.close()
    }

    /// The next piece; `nil` at the end of the file.
    func next() throws -> Data? {
        do {
            guard let chunk = try handle.read(upToCount: Self.chunkBytes), !chunk.isEmpty else { return nil }
            return chunk
        } catch {
            throw FlowError(.connector, "cannot read \(path): \(error)", underlying: error)
        }
    }
}
