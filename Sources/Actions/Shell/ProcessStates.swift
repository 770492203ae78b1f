#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the system says of processes.
enum ProcessStates {
    /// Whether a group has members that have not ended.
    ///
    /// Whoever inherits orphans may take seconds to reap them, or never do; a signal still finds those that have ended by then, so that `kill` alone cannot tell.
    /// Only Linux says more; elsewhere the answer is yes. It reads what each process of the machine says of itself, which takes some milliseconds.
    static func isAlive(group: pid_t) -> Bool {
        #if os(Linux)
        guard let folder = opendir("/proc") else { return true }
        defer { closedir(folder) }
        var hasEnded = false
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.map { $0 }
            }
            guard !name.isEmpty, let state = state(of: String(decoding: name, as: UTF8.self)), state.group == group else { continue }
            guard state.hasEnded else { return true }
            hasEnded = true
        }
        // Where none is seen at all, /proc does not show them.
        return !hasEnded
        #else
        return true
        #endif
    }

    #if os(Linux)
    /// The group of a process, and whether it only waits to be reaped.
    private static func state(of pid: String) -> (group: pid_t, hasEnded: Bool)? {
        let file = open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(file, &bytes, bytes.count)
        // Behind the name, which is in brackets and may contain anything: state, parent, group.
        guard count > 0, let name = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(name + 1)..<count].split(separator: UInt8(ascii: " "), maxSplits: 3)
        guard fields.count > 2, let group = pid_t(String(decoding: fields[2], as: UTF8.self)) else { return nil }
        return (group, fields[0].first == UInt8(ascii: "Z") || fields[0].first == UInt8(ascii: "X"))
    }
    #endif
}
