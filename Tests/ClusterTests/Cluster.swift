import Engine
import Foundation
import Glibc
import Swiftflow
import Testing
import Workflow

/// Real node processes on a real replica set, with a database and a folder of their own; all is ended and removed afterwards.
final class Cluster: Sendable {
    let url: String
    let folder: URL
    let backend: Backend
    var commander: Commander { Commander(store: backend.store, keeper: backend.keeper) }
    private let processes: Processes

    private actor Processes {
        var all: [LoggedProcess] = []
        func add(_ process: LoggedProcess) { all.append(process) }
    }

    /// Runs `body` with a fresh cluster without nodes.
    /// - Parameter server: the URL of a server other than the one of all tests.
    static func with(server: String? = nil, _ body: (Cluster) async throws -> Void) async throws {
        let server = try #require(
            server ?? ProcessInfo.processInfo.environment["SWIFTFLOW_TEST_MONGODB"],
            "these tests need a MongoDB replica set: `make test` starts one; or set SWIFTFLOW_TEST_MONGODB to the URL of one")
        let name = "test_cluster_\(UUID().uuidString.prefix(8).lowercased())"
        var parts = URLComponents(string: server)
        parts?.path = "/\(name)"
        let url = try #require(parts?.string, "SWIFTFLOW_TEST_MONGODB is not a URL: \(server)")
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let cluster = Cluster(url: url, folder: folder, backend: try await Backend.connect(url: url))
        do { try await body(cluster) } catch {
            await cluster.printLogs()
            await cluster.end()
            throw error
        }
        await cluster.end()
    }

    private init(url: String, folder: URL, backend: Backend) {
        self.url = url
        self.folder = folder
        self.backend = backend
        processes = Processes()
    }

    private func end() async {
        for process in await processes.all { process.send(SIGKILL) }
        for process in await processes.all { _ = await process.exitCode() }
        await backend.close()
        await TestDatabase.drop(url)
        try? FileManager.default.removeItem(at: folder)
    }

    private func printLogs() async {
        for process in await processes.all { print("--- \(process.name)\n\(process.log)") }
    }

    /// Starts a node and waits until it has joined.
    @discardableResult
    func node(
        _ key: String, program: String = "swiftflow", _ more: [String] = [], lease: String = "2s", environment: [String: String] = [:]
    ) async throws -> LoggedProcess {
        let process = try startNode(key, program: program, more, lease: lease, environment: environment)
        await processes.add(process)
        guard await process.line(containing: "joined") else {
            Issue.record("the node \(key) ended before it joined:\n\(process.log)")
            return process
        }
        return process
    }

    /// Starts a node and does not wait.
    func startNode(
        _ key: String, program: String = "swiftflow", _ more: [String] = [], lease: String = "2s", environment: [String: String] = [:]
    ) throws -> LoggedProcess {
        try LoggedProcess(
            program, ["node", "--key", key, "--url", url, "--lease-ttl", lease] + more, environment: environment, name: key)
    }

    /// Runs a command of the CLI.
    func command(_ arguments: String...) async throws -> CommandResult {
        try await runProgram("commander", arguments, environment: ["SWIFTFLOW_URL": url], folder: folder)
    }

    /// Runs a command that must succeed.
    @discardableResult
    func succeed(_ arguments: String..., location: SourceLocation = #_sourceLocation) async throws -> String {
        let result = try await runProgram("commander", arguments, environment: ["SWIFTFLOW_URL": url], folder: folder)
        #expect(
            result.exitCode == 0, "commander \(arguments.joined(separator: " ")): \(result.errors)\(result.output)",
            sourceLocation: location)
        return result.output
    }

    /// Writes a file into the cluster's folder.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let file = folder.appendingPathComponent(name)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
    }

    /// A named pipe in the cluster's folder: tasks and tests wait for each other by it.
    func pipe(_ name: String) throws -> NamedPipe { try NamedPipe(path: folder.appendingPathComponent(name).path) }
}

/// A named pipe that one side writes a line to when the other waits for it.
struct NamedPipe: Sendable {
    let path: String

    init(path: String) throws {
        self.path = path
        guard mkfifo(path, 0o600) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    /// Waits until somebody writes.
    func read() async -> String {
        await onThread { [path] in
            // Open for both directions it does not wait for a writer, and `read` waits for what one writes.
            let file = Glibc.open(path, O_RDWR)
            guard file >= 0 else { return "" }
            defer { close(file) }
            var bytes = [UInt8](repeating: 0, count: 4_096)
            let count = Glibc.read(file, &bytes, bytes.count)
            return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
        } release: { [path] in
            Self.write("cancelled\n", path, O_RDWR | O_NONBLOCK)
        }
    }

    /// Waits until somebody reads, and writes a line.
    func open() async {
        if Task.isCancelled { return }
        await onThread { [path] in
            Self.write("go\n", path, O_WRONLY)
        } release: { [path] in
            let file = Glibc.open(path, O_RDONLY | O_NONBLOCK)
            if file >= 0 { close(file) }
        }
    }

    private static func write(_ text: String, _ path: String, _ flags: Int32) {
        let file = Glibc.open(path, flags)
        guard file >= 0 else { return }
        defer { close(file) }
        _ = Glibc.write(file, text, text.utf8.count)
    }

    /// Runs what blocks on a thread of its own; `release` unblocks it when the test is cancelled: its time limit has passed.
    private func onThread<R: Sendable>(_ body: @escaping @Sendable () -> R, release: @escaping @Sendable () -> Void) async -> R {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in Thread.detachNewThread { continuation.resume(returning: body()) } }
        } onCancel: {
            release()
        }
    }
}
