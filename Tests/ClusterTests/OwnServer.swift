import Foundation
import Glibc
import Testing

/// A MongoDB of a test's own, which may be killed, stopped and started again on its data. Started by deploy/mongod; removed afterwards.
struct OwnServer: Sendable {
    let url: String
    private let folder: URL

    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("deploy/mongod")

    static func with(_ body: (OwnServer) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mongod-\(UUID().uuidString.prefix(8).lowercased())")
        let outcome: Result<Void, any Error>
        do {
            let server = OwnServer(url: try await up(folder), folder: folder)
            do { outcome = .success(try await body(server)) } catch { outcome = .failure(error) }
            server.send(SIGCONT)
        } catch { outcome = .failure(error) }
        _ = try await runProcess(script, ["down", "--purge", "--dir", folder.path])
        try outcome.get()
    }

    /// Starts it, and waits until it takes writes.
    func start() async throws { _ = try await Self.up(folder) }

    /// Ends it without a chance to tidy up.
    func kill() async {
        guard let pid else { return }
        send(SIGKILL)
        while ProcessTable.runs(pid) { await Task.yield() }
    }

    func send(_ signal: Int32) { if let pid { _ = Glibc.kill(pid, signal) } }

    private var pid: Int32? {
        let file = folder.appendingPathComponent("member-0/mongod.pid")
        return (try? String(contentsOf: file, encoding: .utf8)).flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    private static func up(_ folder: URL) async throws -> String {
        let result = try await runProcess(script, ["up", "--dir", folder.path])
        try #require(result.exitCode == 0, "deploy/mongod up: \(result.errors)")
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// What the system says of processes.
enum ProcessTable {
    /// Whether a process runs. One that has ended and waits to be reaped does not.
    static func runs(_ pid: Int32) -> Bool { fields(pid).map { $0[0] != "Z" } ?? false }

    /// The processor time that a process has used so far, all its threads included, in seconds; `nil` where it is not there.
    static func processorSeconds(_ pid: Int32) -> Double? {
        guard let fields = fields(pid), let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// What `/proc/PID/stat` has behind the name, which may contain anything.
    private static func fields(_ pid: Int32) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let name = text.lastIndex(of: ")") else {
            return nil
        }
        let fields = text[text.index(after: name)...].split(separator: " ")
        return fields.count > 12 ? fields : nil
    }
}
