import Foundation
import KisFlow
import SystemPackage

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where a file goes that appears as a whole: first beside its place, under a name that a later attempt finds.
struct OutputPlace {
    let path: String

    init(_ path: String) {
        self.path = path
    }

    private var partialPath: String { path + ".partial" }

    static func position(_ mark: OutputFile.Mark) -> FieldValue {
        .object(["bytes": .int(mark.bytes), "crc32": .int(Int(mark.checksum))])
    }

    func makeFolder() throws {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        let folder = String(path[..<slash])
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw FlowError(.connector, "cannot make the folder \(folder): \(error)", underlying: error)
        }
    }

    /// Opens the partial file, empty or as an earlier attempt had left it.
    ///
    /// - Throws: `FlowError` of kind `connector`, also when the file is not what the position speaks of.
    func partial(resume: FieldValue?) throws -> OutputFile {
        try makeFolder()
        guard let resume else {
            let file = try OutputFile(path: partialPath, creates: true, isShared: false)
            try file.clear()
            return file
        }
        let mark = try mark(resume)
        try bringBack(mark)
        let file = try OutputFile(path: partialPath, creates: false, isShared: false)
        try file.cut(to: mark)
        return file
    }

    /// Lets the partial file take its place, so that it is there after a crash as well.
    func put(_ file: OutputFile) throws {
        guard rename(file.path, path) == 0 else {
            throw FlowError(.connector, "cannot rename \(file.path) to \(path): \(Errno(rawValue: errno))")
        }
        synchronizeFolder()
    }

    /// Waits until the disk knows the names in the folder.
    func synchronizeFolder() {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        // Some file systems know no such thing for folders; the file itself is safe.
        guard let opened = try? FileDescriptor.open(FilePath(folder), .readOnly, options: .closeOnExec) else { return }
        _ = fsync(opened.rawValue)
        try? opened.close()
    }

    func removePartial() {
        unlink(partialPath)
    }

    private func mark(_ resume: FieldValue) throws -> OutputFile.Mark {
        guard case .object(let fields) = resume, case .int(let bytes) = fields["bytes"], case .int(let sum) = fields["crc32"],
            bytes >= 0, sum >= 0
        else {
            throw FlowError(.checkpoint, "the checkpoint has no position in a file like \(path); start without it")
        }
        return OutputFile.Mark(bytes: bytes, checksum: UInt(sum))
    }

    /// An attempt that ended between the file's taking its place and the end of the run has left no partial file, but one that begins with the same
    /// bytes.
    private func bringBack(_ mark: OutputFile.Mark) throws {
        let files = FileManager.default
        guard !files.fileExists(atPath: partialPath) else { return }
        do {
            guard files.fileExists(atPath: path), try OutputFile.checksum(of: path, upTo: mark.bytes) == mark.checksum else {
                throw FlowError(
                    .connector,
                    "the file \(partialPath) that the checkpoint speaks of is gone; put it back, or start without the checkpoint")
            }
            try files.copyItem(atPath: path, toPath: partialPath)
        } catch let error as FlowError {
            throw error
        } catch {
            throw FlowError(.connector, "cannot copy \(path) to \(partialPath): \(error)", underlying: error)
        }
    }
}
