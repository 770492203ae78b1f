import Foundation
import Synchronization

/// A process that is started with `posix_spawn` and waited for on a thread of its own, and writes into files.
///
/// Foundation's `Process` learns of an end by a descriptor that processes started at the same time inherit: with many processes that live long it may learn of it far too late.
final class ChildProcess: Sendable {
    let name: String
    let pid: Int32
    private let errors: URL
    private let state = Mutex(State())

    private struct State {
        var code: Int32?
        var waiters: [CheckedContinuation<Int32, Never>] = []
    }

    /// - Parameters:
    ///   - output: the file for standard output; by default nothing keeps it.
    ///   - errors: the file for standard error.
    init(
        _ executable: URL, _ arguments: [String], environment: [String: String] = [:], name: String,
        output: URL = URL(fileURLWithPath: "/dev/null"),
        errors: URL
    ) throws {
        self.name = name
        self.errors = errors
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output.path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, errors.path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        var attributes = posix_spawnattr_t()
        Self.takeAllSignals(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        let all = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }.map { "\($0.key)=\($0.value)" }
        var pid: pid_t = 0
        let failure = withCStrings([executable.path] + arguments) { arguments in
            withCStrings(all) { environment in posix_spawn(&pid, executable.path, &actions, &attributes, arguments, environment) }
        }
        guard failure == 0 else { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .EIO) }
        self.pid = pid
        Thread.detachNewThread { self.wait() }
    }

    /// A process would begin with the signals blocked that the thread that starts it has blocked: on a thread of a pool, all of them.
    private static func takeAllSignals(_ attributes: inout posix_spawnattr_t) {
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_init(&attributes)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    }

    private func wait() {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        let code = signal == 0 ? (status >> 8) & 0xFF : -signal
        let waiters = state.withLock { state in
            state.code = code
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: code) }
    }

    var hasEnded: Bool { state.withLock { $0.code != nil } }

    /// Sends a signal, unless the process has ended: its id may belong to another by then.
    func send(_ signal: Int32) {
        state.withLock { if $0.code == nil { kill(pid, signal) } }
    }

    /// Waits for the end; a test that is cancelled kills it.
    /// - Returns: the exit code; minus the signal where one ended it.
    func exitCode() async -> Int32 {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let code: Int32? = state.withLock { state in
                    if state.code == nil { state.waiters.append(continuation) }
                    return state.code
                }
                if let code { continuation.resume(returning: code) }
            }
        } onCancel: {
            send(SIGKILL)
        }
    }

    /// What it has written to standard error so far.
    var log: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// Waits for a line that has come or will come.
    /// - Returns: whether it came before the process ended or the test was cancelled.
    func line(containing text: String) async -> Bool {
        while true {
            let ended = hasEnded
            if log.contains(text) { return true }
            if ended { return false }
            do { try await Task.sleep(for: .milliseconds(50)) } catch { return false }
        }
    }

    /// Runs a program to its end.
    static func run(_ executable: URL, _ arguments: [String]) async throws -> CommandResult {
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("swiftflow-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let (output, errors) = (scratch.appendingPathComponent("out"), scratch.appendingPathComponent("err"))
        let process = try ChildProcess(executable, arguments, name: executable.lastPathComponent, output: output, errors: errors)
        let code = await process.exitCode()
        return CommandResult(exitCode: code, output: try String(contentsOf: output, encoding: .utf8), errors: process.log)
    }
}

/// Lends an array of C strings that ends with NULL.
private func withCStrings<R>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
    let copies: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return body(copies)
}
