import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What is said, and below it a few lines that are drawn over and over in place: whatever several tasks say at once, nothing tears the lines.
///
/// Where nothing can be redrawn there are no such lines, and what is said stands for itself.
package final class Screen: Sendable {
    package let terminal: Terminal
    /// Whether complaints would land in the middle of the view, since both are one terminal.
    private let isShared: Bool
    private let view: Mutex<LiveView>

    /// - Parameter isShared: whether standard error is a terminal too.
    package init(_ terminal: Terminal, isShared: Bool = isatty(STDERR_FILENO) == 1) {
        self.terminal = terminal
        self.isShared = isShared
        view = Mutex(LiveView(terminal: terminal))
    }

    /// Replaces the lines below. They must be less than the window is high, and none wider than it.
    package func draw(_ lines: [String]) throws {
        guard terminal.isInteractive else { return }
        try view.withLock { try $0.draw(lines) }
    }

    /// Says something for good, above the lines that are redrawn.
    /// - Parameter text: whole lines, each with its line feed.
    package func say(_ text: String) throws {
        guard !text.isEmpty else { return }
        try view.withLock { terminal.isInteractive ? try $0.scroll(text) : try terminal.print(text) }
    }

    /// Says something on standard error. If that is closed there is nobody left to tell.
    package func complain(_ text: String) {
        guard terminal.isInteractive, isShared else { return terminal.printError(text) }
        view.withLock { try? $0.scroll(text) }
    }

    /// What is drawn now stays, and what follows begins below it.
    package func leave() { view.withLock { $0.leave() } }
}
