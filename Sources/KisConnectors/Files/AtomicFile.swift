import Foundation
import KisFlow

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file that is written whole or not at all.
struct AtomicFile {
    private static let bufferBytes = 1 << 18

    private let handle: FileHandle
    private var buffer = Data()

    /// Writes a temporary file in the target's folder (made if needed), makes it durable and puts it in the target's place.
    ///
    /// - Throws: `FlowError` of kind `connector`, or what `body` throws; the target is untouched then.
    static func write(_ path: String, _ body: (inout AtomicFile) throws -> Void) throws {
        let temporary = "\(path).\(UUID().uuidString.prefix(8)).tmp"
        do {
            try makeFolder(of: path)
            guard FileManager.default.createFile(atPath: temporary, contents: nil), let handle = FileHandle(forWritingAtPath: temporary)
            else {
                throw FlowError(.connector, "cannot make the file \(temporary): \(systemMessage())")
            }
            var file = AtomicFile(handle: handle)
            defer { try? handle.close() }
            try body(&file)
            try file.flush()
            try handle.synchronize()
            guard rename(temporary, path) == 0 else {
                throw FlowError(.connector, "cannot rename \(temporary) to \(path): \(systemMessage())")
            }
        } catch {
            try? FileManager.default.removeItem(atPath: temporary)
            throw error as? FlowError ?? FlowError(.connector, "cannot write \(path): \(error)", underlying: error)
        }
    }

    mutating func write(_ bytes: some Sequence<UInt8>) throws {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    private mutating func flush() throws {
        try handle.write(contentsOf: buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    private static func makeFolder(of path: String) throws {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        let folder = String(path[..<slash])
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw FlowError(.connector, "cannot make the folder \(folder): \(error)", underlying: error)
        }
    }

    private static func systemMessage() -> String { String(cString: strerror(errno)) }
}
