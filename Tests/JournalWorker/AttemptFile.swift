import Engine
import Foundation

/// The journal of one attempt. Each line is one `write` to the end of the file, so it is whole or absent whenever the process is killed, and what a killed process
/// has written stays (only the machine's own fall would need more).
struct AttemptFile: ~Copyable {
    private let descriptor: Int32

    /// Writes the line of the start: who it is, and the nanoseconds within which its times are exact.
    init(folder: String, _ context: ActionContext) throws {
        let path = "\(folder)/\(context.dagInsId).\(context.taskId).\(context.fencingToken).\(context.attempt)"
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw ActionError("cannot open \(path): \(String(cString: strerror(errno)))") }
        append("start \(context.dagInsId) \(context.taskId) \(context.fencingToken) \(context.attempt) \(context.worker) \(getpid()) 1")
    }

    deinit { close(descriptor) }

    /// Adds a line with the time of the machine's monotonic clock, which all processes share and nobody can set.
    borrowing func append(_ text: String) {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let line = "\(text) \(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))\n"
        _ = line.withCString { write(descriptor, $0, strlen($0)) }
    }
}
