import CZlib
import KisFlow
import NIOPosix
import SystemPackage

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file that grows at its end, and goes back to what was kept where that is asked for.
///
/// Writing blocks the calling thread for the time that a local disk takes; waiting for the disk to have it all does not.
final class OutputFile {
    /// What is to stay: how long the file is then, and the checksum of what was written so far.
    struct Mark: Hashable {
        var bytes: Int
        var checksum: UInt
    }

    private static let attempts = 10

    let path: String
    private let descriptor: FileDescriptor
    /// Whether others may add to the file at the same time.
    private let isShared: Bool
    private(set) var kept = Mark(bytes: 0, checksum: 0)
    private var end = Mark(bytes: 0, checksum: 0)
    /// Whether all bytes behind what was kept are ours.
    private var isAlone = true

    /// - Parameter isShared: whether others may add to the file at the same time; otherwise it is locked against them.
    /// - Throws: `FlowError` of kind `connector`, also when the file is locked by another writer.
    init(path: String, creates: Bool, isShared: Bool) throws {
        self.path = path
        self.isShared = isShared
        descriptor = try Self.open(path, creates: creates, isShared: isShared)
        do {
            end.bytes = try Self.size(of: descriptor, path)
            kept = end
        } catch {
            try? descriptor.close()
            throw error
        }
    }

    deinit {
        try? descriptor.close()
    }

    var isEmpty: Bool { end.bytes == 0 }

    /// Adds bytes, with one system call where the system takes them at once.
    func append(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { return }
        try locked {
            let start = try Self.size(of: descriptor, path)
            if start != end.bytes {
                if end == kept { kept.bytes = start } else { isAlone = false }
            }
            do {
                try descriptor.writeAll(bytes)
            } catch {
                ftruncate(descriptor.rawValue, off_t(start))
                throw failure("write", error)
            }
            end = Mark(bytes: start + bytes.count, checksum: Self.checksum(end.checksum, bytes[...]))
        }
    }

    /// What was added so far stays.
    func keep() {
        kept = end
        isAlone = true
    }

    /// Takes back what was added behind what was kept, unless others have added to the file since.
    func undo() throws {
        guard end != kept else { return }
        try locked {
            guard isAlone, try Self.size(of: descriptor, path) == end.bytes else { return }
            try truncate(to: kept.bytes)
        }
        end = kept
    }

    /// Makes the file empty.
    func clear() throws {
        try truncate(to: 0)
        end = Mark(bytes: 0, checksum: 0)
        kept = end
    }

    /// Cuts the file to what an earlier writer had kept.
    ///
    /// - Throws: `FlowError` of kind `connector` when the file does not hold it.
    func cut(to mark: Mark) throws {
        guard end.bytes >= mark.bytes else {
            throw FlowError(
                .connector,
                "\(path) has \(end.bytes) bytes, the checkpoint speaks of \(mark.bytes); put the file back, or start without the checkpoint"
            )
        }
        guard try Self.checksum(of: path, upTo: mark.bytes) == mark.checksum else {
            throw FlowError(
                .connector,
                "\(path) does not hold what it held when the checkpoint was made; put that file back, or start without the checkpoint")
        }
        try truncate(to: mark.bytes)
        end = mark
        kept = mark
    }

    /// Waits until the disk has all that was added.
    nonisolated(nonsending) func synchronize() async throws {
        let file = descriptor.rawValue
        let code = try await NIOThreadPool.singleton.runIfActive { fsync(file) == 0 ? 0 : errno }
        guard code == 0 else { throw failure("synchronize", Errno(rawValue: code)) }
    }

    /// Ends a line that a crash has cut off, so that the next record does not become part of it.
    func endLine() throws {
        var isCut = false
        try locked {
            let length = try Self.size(of: descriptor, path)
            var last: UInt8 = 0x0A
            guard length == 0 || pread(descriptor.rawValue, &last, 1, off_t(length - 1)) == 1 else {
                throw failure("read", Errno(rawValue: errno))
            }
            isCut = last != 0x0A
        }
        if isCut { try append([0x0A]) }
    }

    /// The checksum of a file's first bytes.
    static func checksum(of path: String, upTo count: Int) throws -> UInt {
        var reader = try ChunkReader(path: path, isGzip: false)
        var sum: UInt = 0
        var rest = count
        while rest > 0, let chunk = try reader.next() {
            sum = checksum(sum, chunk.prefix(rest))
            rest -= min(rest, chunk.count)
        }
        return sum
    }

    // MARK: - Parts

    private static func checksum(_ sum: UInt, _ bytes: ArraySlice<UInt8>) -> UInt {
        bytes.withUnsafeBufferPointer { buffer in
            var sum = sum
            var start = 0
            while start < buffer.count {
                let count = min(buffer.count - start, 1 << 30)
                sum = crc32(sum, buffer.baseAddress.map { $0 + start }, UInt32(count))
                start += count
            }
            return sum
        }
    }

    private func locked(_ body: () throws -> Void) throws {
        guard isShared else { return try body() }
        while flock(descriptor.rawValue, LOCK_EX) != 0 {
            guard errno == EINTR else { throw failure("lock", Errno(rawValue: errno)) }
        }
        defer { _ = flock(descriptor.rawValue, LOCK_UN) }
        try body()
    }

    private func truncate(to length: Int) throws {
        guard ftruncate(descriptor.rawValue, off_t(length)) == 0 else { throw failure("truncate", Errno(rawValue: errno)) }
    }

    /// What was locked may have been renamed between the opening and the lock, so it is looked at again.
    private static func open(_ path: String, creates: Bool, isShared: Bool) throws -> FileDescriptor {
        for _ in 0..<attempts {
            let file: FileDescriptor
            do {
                file = try FileDescriptor.open(
                    FilePath(path), .readWrite, options: creates ? [.create, .append, .closeOnExec] : [.append, .closeOnExec],
                    permissions: FilePermissions(rawValue: 0o666))
            } catch {
                throw FlowError(.connector, "cannot open \(path) for writing: \(error)", underlying: error)
            }
            if isShared { return file }
            guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
                try? file.close()
                throw FlowError(
                    .connector, "another run, or another function of this one, is writing \(path); wait for its end, or write elsewhere")
            }
            var opened = stat()
            var named = stat()
            if fstat(file.rawValue, &opened) == 0, stat(path, &named) == 0, opened.st_ino == named.st_ino, opened.st_dev == named.st_dev {
                return file
            }
            try? file.close()
        }
        throw FlowError(.connector, "cannot open \(path) for writing: others keep replacing it")
    }

    private static func size(of file: FileDescriptor, _ path: String) throws -> Int {
        var status = stat()
        guard fstat(file.rawValue, &status) == 0 else {
            throw FlowError(.connector, "cannot look at \(path): \(Errno(rawValue: errno))")
        }
        return Int(status.st_size)
    }

    private func failure(_ what: String, _ error: any Error) -> FlowError {
        FlowError(.connector, "cannot \(what) \(path): \(error)", underlying: error)
    }
}
