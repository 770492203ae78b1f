import ArgumentParser
import Console
import Engine

/// `commander drain`.
struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Empty a node: it takes nothing more and hands its runs back as their running tasks end.",
        discussion: """
            The node stays in the cluster, without work, until it is stopped or told to take work again (--undo). Nothing that runs is cancelled, and nothing runs twice; \
            the runs go on elsewhere. The node hears of it when it renews its lease, within a third of lease.ttl.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The node's key.")
    var node: String

    @Flag(help: "Let the node take work again.")
    var undo = false

    @Flag(help: "Wait until the node owns nothing.")
    var wait = false

    func validate() throws {
        if undo, wait { throw ValidationError("--wait waits until a node is empty, so it does not go with --undo") }
    }

    func run() async throws {
        let report = try await options.connected { backend in
            var (status, runs) = try await backend.commander.drain(node, undo: undo)
            if wait { runs = try await empty(status.session, runs, backend.commander) }
            return DrainReport(node: status.node.key, isDraining: status.isDraining, runs: runs)
        }
        try options.terminal.show(report, json: options.json)
    }

    /// Looks every half second until the node owns nothing.
    private func empty(_ session: String, _ runs: Int, _ commander: Commander) async throws -> Int {
        let terminal = options.terminal
        var (left, total) = (runs, runs)
        // How long running tasks take nobody knows.
        var bar = ProgressBar(terminal, what: "draining", unit: "runs", isShown: !options.json, isSteady: false, glyphs: options.glyphs)
        _ = Interrupt(notice: "commander: interrupted; the node goes on to empty itself: commander nodes shows it", terminal: terminal)
        while left > 0 {
            try bar.show(done: total - left, of: total)
            try await Task.sleep(for: .milliseconds(500))
            left = try await commander.runs(of: session)
            total = max(total, left)
        }
        try bar.clear()
        return left
    }
}
