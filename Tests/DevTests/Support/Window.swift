import Foundation
import Testing

/// A program in a real terminal: a window of tmux, with a server of its own.
final class Window: Sendable {
    private let folder: Folder
    private let socket: String

    static let tmux = ["/usr/bin/tmux", "/usr/local/bin/tmux", "/opt/homebrew/bin/tmux"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    static let isThere = tmux != nil
    /// Why a test of a terminal does not run here.
    static let missing: Comment = "tmux is not installed: `apt install tmux` lets the views be tested in a real terminal"

    /// - Parameter variables: what the shell sets for the program.
    init(_ program: String, _ arguments: [String], in folder: Folder, variables: String = "", columns: Int = 100, rows: Int = 30)
        async throws
    {
        self.folder = folder
        // The path of a socket may have few characters.
        socket = "/tmp/swiftflow-\(UUID().uuidString.prefix(8))"
        let words = ([try Program.url(program).path] + arguments).map { "'\($0)'" }.joined(separator: " ")
        _ = try await tmux([
            "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "-c", folder.url.path,
            "\(variables) \(words); echo ended with $?; exec sleep 120",
        ])
    }

    deinit {
        let process = Process()
        process.executableURL = URL(filePath: Self.tmux ?? "/usr/bin/tmux")
        process.arguments = ["-S", socket, "kill-server"]
        process.standardError = FileHandle.nullDevice
        try? process.run()
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: socket)
    }

    /// What stands on the screen now, without empty lines at its end.
    func screen(styled: Bool = false) async throws -> String {
        let text = try await tmux(["capture-pane", "-p"] + (styled ? ["-e"] : []))
        return String(text.reversed().drop { $0 == "\n" }.reversed())
    }

    func type(_ keys: String) async throws { _ = try await tmux(["send-keys", keys]) }

    /// Waits until the screen is as wanted.
    /// - Returns: the screen.
    @discardableResult
    func shows(_ what: String, _ isSo: (String) -> Bool) async throws -> String {
        var last = ""
        try await until("the screen shows \(what); it shows:\n\(last)") {
            last = try await screen()
            return isSo(last)
        }
        return last
    }

    @discardableResult
    func shows(_ text: String) async throws -> String { try await shows("'\(text)'") { $0.contains(text) } }

    private func tmux(_ arguments: [String]) async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.tmux))
        process.arguments = ["-S", socket] + arguments
        process.environment = Program.environment
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "tmux \(arguments.first ?? "") failed")
        return String(decoding: data, as: UTF8.self)
    }
}
