import Foundation
import Synchronization
import Testing

/// A program of this package at work in a folder; what it prints goes to files there.
final class Program: Sendable {
    private let process: Mutex<Process>
    private let folder: Folder
    private let name = "output-\(UUID().uuidString.prefix(8))"
    let pid: Int32

    /// The most that a test waits for anything.
    static let patience = Duration.seconds(30)

    init(_ program: String, _ arguments: [String], in folder: Folder, environment: [String: String] = [:]) throws {
        self.folder = folder
        let process = Process()
        process.executableURL = try Self.url(program)
        process.arguments = arguments
        process.currentDirectoryURL = folder.url
        process.environment = Self.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.file(folder.url.appending(path: name + ".out"))
        process.standardError = try Self.file(folder.url.appending(path: name + ".err"))
        try process.run()
        pid = process.processIdentifier
        self.process = Mutex(process)
    }

    deinit { send(SIGKILL) }

    /// The environment of the tests without what would name another store.
    static var environment: [String: String] {
        ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SWIFTFLOW_") && $0.key != "NO_COLOR" && $0.key != "TMUX" }
    }

    static func url(_ name: String) throws -> URL {
        let folder = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        let places = [folder, Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent()]
        let found = places.map { $0.appending(path: name) }.first { FileManager.default.isExecutableFile(atPath: $0.path) }
        return try #require(found, "the program \(name) is not built beside the tests; `swift build` makes it")
    }

    private static func file(_ url: URL) throws -> FileHandle {
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }

    var output: String { folder.text(name + ".out") }
    var errors: String { folder.text(name + ".err") }
    private var hasEnded: Bool { process.withLock { !$0.isRunning } }

    /// Unless it has ended: its id may belong to another by then.
    func send(_ signal: Int32) { process.withLock { if $0.isRunning { kill(pid, signal) } } }

    /// Waits for the end, no longer than `patience`.
    func exitCode() async throws -> Int32 {
        try await until("the program ends") { self.hasEnded }
        return process.withLock { $0.terminationReason == .exit ? $0.terminationStatus : -$0.terminationStatus }
    }

    /// Waits until it has printed something.
    func says(_ text: String) async throws {
        try await until("it says '\(text)'; it has said:\n\(output)\(errors)") { self.output.contains(text) || self.errors.contains(text) }
    }

    /// Runs a program to its end.
    static func run(
        _ program: String, _ arguments: [String], in folder: Folder, environment: [String: String] = [:]
    ) async throws -> (code: Int32, output: String, errors: String) {
        let program = try Program(program, arguments, in: folder, environment: environment)
        let code = try await program.exitCode()
        return (code, program.output, program.errors)
    }
}

/// Looks every few milliseconds until something is so.
/// - Throws: where it is not so within `Program.patience`.
func until(_ what: @autoclosure () -> String, _ isSo: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + Program.patience
    while try await !isSo() {
        guard .now < end else {
            Issue.record("waited in vain until \(what())")
            throw CancellationError()
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}
