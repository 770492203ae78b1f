import Console

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Where an export is written: standard output, or a file that appears when it is whole.
struct ExportPlace: Sendable {
    let output: Output
    private let path: String?
    private let descriptor: Int32

    private static func partial(_ path: String) -> String { path + ".partial" }

    /// - Parameter path: `nil` for standard output.
    /// - Throws: `Failure` where the file cannot be made.
    init(_ path: String?) throws {
        self.path = path
        guard let path else {
            (descriptor, output) = (STDOUT_FILENO, .descriptor(STDOUT_FILENO))
            return
        }
        // Variables and outputs are in it: it is for its owner's eyes.
        descriptor = open(Self.partial(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("'\(Self.partial(path))' cannot be written") }
        output = .descriptor(descriptor)
    }

    /// Makes the file durable and gives it its name.
    func finish() throws {
        guard let path else { return }
        guard fsync(descriptor) == 0, close(descriptor) == 0, rename(Self.partial(path), path) == 0 else {
            throw Self.failure("'\(path)' cannot be finished")
        }
    }

    private static func failure(_ what: String) -> Failure {
        Failure(.usage, "\(what): \(String(cString: strerror(errno))); give --output another place")
    }
}
