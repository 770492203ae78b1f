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

/// The process that runs `GuardScript`, and the pipe to it. Not to be used any more after `end`.
///
/// It has a session of its own, so that neither Ctrl-C nor a signal to this process's group reaches it, and nothing of this process is open
/// in it but its end of the pipe.
struct GuardProcess: Sendable {
    let processIdentifier: pid_t
    /// This process has both ends open: so writing never raises SIGPIPE, whatever has become of the reader. Both are closed on exec: no child
    /// can keep the pipe from ending.
    private let reader: FileDescriptor
    private let writer: FileDescriptor

    /// - Throws: `Errno`.
    init(shell: String, entries: [String]) throws(Errno) {
        let ends = try Self.pipe()
        do {
            processIdentifier = try Self.start(shell, ["-c", GuardScript.text, "swiftflow-guard"] + entries, reading: ends.reader)
        } catch {
            try? ends.reader.close()
            try? ends.writer.close()
            throw error
        }
        (reader, writer) = ends
    }

    /// Writes a line, in one piece and without waiting.
    /// - Returns: whether the guard runs, and the pipe had room.
    func take(_ entry: String) -> Bool {
        guard waitpid(processIdentifier, nil, WNOHANG) == 0 else { return false }
        var line = Array("\(entry)\n".utf8)
        // All or nothing, as it is shorter than PIPE_BUF.
        return write(writer.rawValue, &line, line.count) == line.count
    }

    /// Ends the guard before it sees the end of the pipe, so that it ends no command.
    func end() {
        // If it is not our child any more its number may be another's.
        if waitpid(processIdentifier, nil, WNOHANG) == 0 {
            kill(processIdentifier, SIGKILL)
            while waitpid(processIdentifier, nil, 0) < 0, errno == EINTR {}
        }
        try? writer.close()
        try? reader.close()
    }
}

extension GuardProcess {
    private static func pipe() throws(Errno) -> (reader: FileDescriptor, writer: FileDescriptor) {
        var ends: [Int32] = [-1, -1]
        // `pipe2` is not everywhere. Who is started by another thread just here inherits them only if its starter closes nothing; `shell`
        // closes everything.
        guard systemPipe(&ends) == 0 else { throw Errno(rawValue: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        return (FileDescriptor(rawValue: ends[0]), FileDescriptor(rawValue: ends[1]))
    }

    private static func start(_ shell: String, _ arguments: [String], reading reader: FileDescriptor) throws(Errno) -> pid_t {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }

        posix_spawn_file_actions_adddup2(&actions, reader.rawValue, 0)
        for output: Int32 in [1, 2] { posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0) }
        var flags = newSession | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        #if canImport(Darwin)
        flags |= Int32(POSIX_SPAWN_CLOEXEC_DEFAULT)
        #elseif canImport(Glibc)
        closeFrom(&actions, 3)
        #endif
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        // A shell that inherits SIGCHLD as ignored cannot wait for its children.
        sigaddset(&signals, SIGCHLD)
        posix_spawnattr_setsigdefault(&attributes, &signals)

        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return try withCStrings([shell] + arguments) { arguments throws(Errno) in
            // It needs none of this process's environment, which may hold secrets.
            try withCStrings(["PATH=\(path)", "LC_ALL=C"]) { environment throws(Errno) in
                var process: pid_t = 0
                let code = posix_spawn(&process, shell, &actions, &attributes, arguments, environment)
                guard code == 0 else { throw Errno(rawValue: code) }
                return process
            }
        }
    }

    private static func withCStrings<R>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) throws(Errno) -> R
    ) throws(Errno) -> R {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return try body(copies + [nil])
    }
}

#if canImport(Darwin)
private let newSession = Int32(POSIX_SPAWN_SETSID)
#else
/// `POSIX_SPAWN_SETSID` of glibc and musl, whose headers show it to GNU programs only.
private let newSession: Int32 = 0x80
#endif

private func systemPipe(_ ends: inout [Int32]) -> Int32 { pipe(&ends) }

#if canImport(Glibc)
/// Closes everything from `first` on in the process that is started, where the C library can do so (glibc 2.34).
private func closeFrom(_ actions: inout posix_spawn_file_actions_t, _ first: Int32) {
    guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else { return }
    typealias Function = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
    _ = unsafeBitCast(symbol, to: Function.self)(&actions, first)
}
#endif
