import Dispatch

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The system's own word that a file was written to, renamed or deleted.
enum HintSource {
    /// Ends one that was never resumed, which must be resumed to be cancelled.
    static func end(_ source: any DispatchSourceProtocol) {
        source.cancel()
        source.resume()
    }

    #if canImport(Darwin)
    static func make(_ file: HintFile, _ queue: DispatchQueue) throws(HintFile.Problem) -> any DispatchSourceProtocol {
        let descriptor = try file.openForReading()
        let source = DispatchSource.makeFileSystemObjectSource(
            fileDescriptor: descriptor, eventMask: [.write, .extend, .rename, .delete, .link], queue: queue)
        source.setCancelHandler { close(descriptor) }
        return source
    }

    /// Nothing waits to be read.
    static func drain(_ source: any DispatchSourceProtocol) {}
    #else
    static func make(_ file: HintFile, _ queue: DispatchQueue) throws(HintFile.Problem) -> any DispatchSourceProtocol {
        // The file must be there.
        close(try file.openForReading())
        let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { throw HintFile.Problem("inotify_init1", file.path) }
        // A file that is deleted while it is open tells of its attributes.
        let mask = UInt32(IN_MODIFY) | UInt32(IN_MOVE_SELF) | UInt32(IN_ATTRIB) | UInt32(IN_DELETE_SELF)
        guard inotify_add_watch(descriptor, file.path, mask) >= 0 else {
            let problem = HintFile.Problem("inotify_add_watch", file.path)
            close(descriptor)
            throw problem
        }
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setCancelHandler { close(descriptor) }
        return source
    }

    /// Takes the events away; all of them mean the same: look.
    static func drain(_ source: any DispatchSourceProtocol) {
        guard let source = source as? any DispatchSourceRead else { return }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while read(Int32(source.handle), &bytes, bytes.count) > 0 {}
    }
    #endif
}
