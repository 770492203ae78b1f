/// What a `shell` task may say. Exactly one of `command` and `script` is needed.
public struct ShellParameters: Codable, Sendable {
    /// A text for `/bin/sh -c`, or a list: a program and its arguments, started without a shell.
    public var command: ShellCommand?
    /// Several lines for `shell`. As in any shell, a line that fails does not stop the next; begin with `set -e` where it should.
    public var script: String?
    /// Runs `script`, by name or path; it must take the text after `-c`. `/bin/sh` where missing.
    public var shell: String?
    /// Added to what the node itself has.
    public var env: [String: String]?
    /// Folder to run in, else the node's own.
    public var cwd: String?
    /// What the process reads; nothing where missing.
    public var stdin: String?
    /// Exit codes that count as success; `[0]` where missing.
    public var successCodes: [Int32]?
    /// How long processes may take to end after SIGTERM, before SIGKILL; `5s` where missing.
    public var killAfter: String?

    public init(
        command: ShellCommand? = nil, script: String? = nil, shell: String? = nil, env: [String: String]? = nil, cwd: String? = nil,
        stdin: String? = nil, successCodes: [Int32]? = nil, killAfter: String? = nil
    ) {
        self.command = command
        self.script = script
        self.shell = shell
        self.env = env
        self.cwd = cwd
        self.stdin = stdin
        self.successCodes = successCodes
        self.killAfter = killAfter
    }
}
