import Foundation
import KisFlow
import Synchronization

/// Nobody reads the rows any more (`| head`).
struct ClosedRowOutput: Error {}

/// Where the rows that a flow gives are written, as JSON lines. A file appears under its name when all rows are there.
final class RowOutput: Sendable {
    private let path: String?
    private let descriptor: Int32
    /// Batches may end in parallel; their lines do not mix.
    private let writing = Mutex(())

    /// - Parameter path: of a file; `-` for standard output.
    init(_ path: String) throws {
        signal(SIGPIPE, SIG_IGN)
        self.path = path == "-" ? nil : path
        descriptor = path == "-" ? STDOUT_FILENO : open("\(path).partial", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FlowUsageError("cannot write \(path).partial: \(String(cString: strerror(errno)))") }
    }

    func write(_ rows: FlowRows) throws {
        var text = Data()
        for row in try rows.values(as: Data.self) {
            // A line feed in JSON can only stand between values, where a blank means the same.
            text.append(row.contains(0x0A) ? Data(row.map { $0 == 0x0A ? 0x20 : $0 }) : row)
            text.append(0x0A)
        }
        try writing.withLock { _ in try write(text) }
    }

    func finish() throws {
        guard let path else { return }
        guard close(descriptor) == 0, rename("\(path).partial", path) == 0 else { throw failure }
    }

    /// Leaves no file behind.
    func abandon() {
        guard let path else { return }
        close(descriptor)
        unlink("\(path).partial")
    }

    private func write(_ text: Data) throws {
        try text.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let slice = UnsafeRawBufferPointer(rebasing: rest)
                let count = Foundation.write(descriptor, slice.baseAddress, slice.count)
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EPIPE {
                    throw ClosedRowOutput()
                } else if errno != EINTR {
                    throw failure
                }
            }
        }
    }

    private var failure: FlowError {
        FlowError(.connector, "cannot write the rows\(path.map { " to \($0)" } ?? ""): \(String(cString: strerror(errno)))")
    }
}
