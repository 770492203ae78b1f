import Foundation
import Synchronization
import Testing

/// The programs of this package, as built beside the tests.
enum Programs {
    static func url(_ name: String) throws -> URL {
        let folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        let candidates = [folder, Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent()].map {
            $0.appendingPathComponent(name)
        }
        let found = candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) }
        return try #require(found, "the program \(name) is not built beside the tests in \(folder.path); `swift build` makes it")
    }
}

/// A process of ours whose lines on standard error can be waited for.
final class LoggedProcess: Sendable {
    private struct State {
        var lines: [String] = []
        var partial = ""
        var ended = false
        var waiters: [(text: String, continuation: CheckedContinuation<Bool, Never>)] = []
        var exitWaiters: [CheckedContinuation<Int32, Never>] = []
        var exitCode: Int32?
    }

    private let state = Mutex(State())
    private let process: Mutex<Process>
    let name: String
    let pid: Int32

    init(_ program: String, _ arguments: [String], environment: [String: String] = [:], name: String) throws {
        let process = Process()
        process.executableURL = try Programs.url(program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardError = pipe
        self.name = name
        let onExit = Mutex<(@Sendable (Int32) -> Void)?>(nil)
        process.terminationHandler = { ended in
            onExit.withLock { $0 }?(ended.terminationReason == .exit ? ended.terminationStatus : -ended.terminationStatus)
        }
        let box = Box()
        onExit.withLock { $0 = { code in box.owner?.exited(code) } }
        pipe.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil } else { box.owner?.received(String(decoding: data, as: UTF8.self)) }
        }
        try process.run()
        pid = process.processIdentifier
        self.process = Mutex(process)
        box.set(self)
    }

    /// Breaks the circle between the process' handlers and its owner. The owner is set once, right after the start; lines before that are kept.
    private final class Box: Sendable {
        private let state = Mutex<LoggedProcess?>(nil)
        var owner: LoggedProcess? {
            while true {
                if let owner = state.withLock({ $0 }) { return owner }
                sched_yield()
            }
        }
        func set(_ owner: LoggedProcess) { state.withLock { $0 = owner } }
    }

    private func received(_ text: String) {
        let resumed = state.withLock { state in
            state.partial += text
            var lines = state.partial.components(separatedBy: "\n")
            state.partial = lines.removeLast()
            state.lines += lines
            let done = state.waiters.filter { waiter in lines.contains { $0.contains(waiter.text) } }
            state.waiters.removeAll { waiter in lines.contains { $0.contains(waiter.text) } }
            return done
        }
        for waiter in resumed { waiter.continuation.resume(returning: true) }
    }

    private func exited(_ code: Int32) {
        let (waiters, exitWaiters) = state.withLock { state in
            state.ended = true
            state.exitCode = code
            defer { (state.waiters, state.exitWaiters) = ([], []) }
            return (state.waiters, state.exitWaiters)
        }
        for waiter in waiters { waiter.continuation.resume(returning: false) }
        for waiter in exitWaiters { waiter.resume(returning: code) }
    }

    /// Waits for a line that has come or will come.
    /// - Returns: whether it came before the process ended.
    @discardableResult
    func line(containing text: String) async -> Bool {
        await killedWhenCancelled {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.lines.contains(where: { $0.contains(text) }) { return true }
                    if state.ended { return false }
                    state.waiters.append((text, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        }
    }

    /// Waits for the end.
    /// - Returns: the exit code; minus the signal where one ended it.
    func exitCode() async -> Int32 {
        await killedWhenCancelled {
            await withCheckedContinuation { continuation in
                let code: Int32? = state.withLock { state in
                    if state.exitCode == nil { state.exitWaiters.append(continuation) }
                    return state.exitCode
                }
                if let code { continuation.resume(returning: code) }
            }
        }
    }

    /// A test whose time limit has passed is cancelled; then the process ends, and with it every wait for it.
    private func killedWhenCancelled<R>(_ body: () async -> R) async -> R {
        await withTaskCancellationHandler {
            await body()
        } onCancel: {
            send(SIGKILL)
        }
    }

    var lineCount: Int { state.withLock(\.lines.count) }
    var log: String { state.withLock { $0.lines.joined(separator: "\n") } }
    var hasEnded: Bool { state.withLock(\.ended) }

    func send(_ signal: Int32) { if !hasEnded { kill(pid, signal) } }
}

/// What a program that ran to its end left.
struct CommandResult: Sendable {
    var exitCode: Int32
    var output: String
    var errors: String
}

/// Runs a program to its end.
func runProgram(_ program: String, _ arguments: [String], environment: [String: String] = [:], folder: URL? = nil) async throws
    -> CommandResult
{
    try await runProcess(Programs.url(program), arguments, environment: environment, folder: folder)
}

func runProcess(_ executable: URL, _ arguments: [String], environment: [String: String] = [:], folder: URL? = nil) async throws
    -> CommandResult
{
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("swiftflow-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let (out, err) = (scratch.appendingPathComponent("out"), scratch.appendingPathComponent("err"))
    for file in [out, err] { try Data().write(to: file) }
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: out)
    process.standardError = try FileHandle(forWritingTo: err)
    let pid = Mutex<Int32?>(nil)
    let code: Int32 = try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { ended in
                continuation.resume(returning: ended.terminationReason == .exit ? ended.terminationStatus : -ended.terminationStatus)
            }
            do {
                try process.run()
                pid.withLock { $0 = process.processIdentifier }
            } catch { continuation.resume(throwing: error) }
        }
    } onCancel: {
        if let pid = pid.withLock({ $0 }) { kill(pid, SIGKILL) }
    }
    return CommandResult(
        exitCode: code, output: String(decoding: try Data(contentsOf: out), as: UTF8.self),
        errors: String(decoding: try Data(contentsOf: err), as: UTF8.self))
}
