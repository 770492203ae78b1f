#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// Where a process reads from.
///
/// A text goes into a nameless file, not a pipe: nobody has to feed it, and a process that does not read it all harms nobody (writing to a
/// closed pipe would send SIGPIPE to the node).
enum StandardInput {
    /// - Throws: `Errno`.
    static func open(_ text: String?) throws -> FileDescriptor {
        guard let text, !text.isEmpty else { return try FileDescriptor.open("/dev/null", .readOnly, options: .closeOnExec) }
        let file = try nameless()
        do {
            try file.writeAll(text.utf8)
            try file.seek(offset: 0, from: .start)
            return file
        } catch {
            try? file.close()
            throw error
        }
    }

    private static func nameless() throws -> FileDescriptor {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var path = Array("\(folder)/swiftflow-stdin-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        unlink(&path)
        // A process that is started in between gets it closed all the same: processes of this action inherit nothing but their standard
        // streams.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return FileDescriptor(rawValue: descriptor)
    }
}
