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
        _ = try? Self.call(["-S", socket, "kill-server"], output: "/dev/null")
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
        let output = "tmux-\(UUID().uuidString.prefix(8))"
        let code = try Self.call(["-S", socket] + arguments, output: folder.url.appending(path: output).path)
        try #require(code == 0, "tmux \(arguments.first ?? "") failed with \(code)")
        return folder.text(output)
    }

    /// Runs tmux to its end, which takes some milliseconds. Not with Foundation's `Process`, which waits for all that inherit its descriptors: the server of tmux would be one.
    private static func call(_ arguments: [String], output: String) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let path = try #require(tmux)
        let words = ([path] + arguments).map { strdup($0) } + [nil]
        let environment = Program.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for word in words + environment { free(word) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, path, &actions, &attributes, words, environment)
        guard failure == 0 else { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .EIO) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
    }
}
