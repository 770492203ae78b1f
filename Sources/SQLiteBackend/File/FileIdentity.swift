import Engine

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Which file a path leads to. SQLite goes on writing to a file that was deleted or replaced under it, where nobody finds what it wrote.
struct FileIdentity: Sendable, Hashable {
    let device: UInt64
    let inode: UInt64

    /// What is at a path now; `nil` if nothing is.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// What a descriptor leads to.
    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(status.st_ino)
    }
}

extension FileIdentity {
    /// - Throws: `StoreError` of the kind `.unavailable` where the path leads to another file now, or to none.
    func check(_ path: String) throws(StoreError) {
        let now = FileIdentity(path: path)
        guard now != self else { return }
        let what = now == nil ? "was deleted or moved" : "was replaced by another file"
        throw StoreError(
            .unavailable,
            "'\(path)' \(what) while it was in use: nothing more is written, since nobody would find it; start again to use what is at the path now"
        )
    }
}
