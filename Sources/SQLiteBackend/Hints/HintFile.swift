import Engine

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The file beside a store through which its processes wake each other: lines that are only ever appended. Nothing in it is needed for long: above a size it is set aside and begun anew.
struct HintFile: Sendable {
    let path: String
    /// Tells the lines of this writer from those of others.
    let writer: String
    /// From which size on a file is begun anew, in bytes.
    let sizeLimit: Int
    private let mode: mode_t

    /// What went wrong with a file, for the log.
    struct Problem: Error, CustomStringConvertible {
        let description: String

        init(_ what: String, _ path: String, _ code: Int32 = errno) {
            description = "\(what) '\(path)': \(String(cString: strerror(code)))"
        }
    }

    init(store: String, sizeLimit: Int = 1 << 20) {
        path = store + "-hints"
        writer = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        self.sizeLimit = sizeLimit
        var status = stat()
        // Whoever may write to the store may write hints.
        mode = stat(store, &status) == 0 ? status.st_mode & 0o666 : 0o644
    }

    /// Adds a line. It is lost where the file cannot be written to.
    func append(_ hints: [Hint]) -> Problem? {
        let line = HintLine(writer: writer, hints: hints).encoded()
        // Another may set the file aside in between, and nobody reads what comes into it after that.
        for _ in 0..<3 {
            let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode)
            guard descriptor >= 0 else { return Problem("open", path) }
            defer { close(descriptor) }
            guard write(descriptor, line, line.count) == line.count else { return Problem("write", path) }
            setAside(descriptor)
            if FileIdentity(path: path) == FileIdentity(descriptor: descriptor) || FileIdentity(path: path) == nil { return nil }
        }
        return nil
    }

    private func setAside(_ descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, Int(status.st_size) > sizeLimit else { return }
        guard FileIdentity(path: path) == FileIdentity(descriptor: descriptor) else { return }
        rename(path, path + "-old")
    }

    /// Opens it for reading, and makes it where it is not there.
    func openForReading() throws(Problem) -> Int32 {
        let descriptor = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw Problem("open", path) }
        return descriptor
    }
}
