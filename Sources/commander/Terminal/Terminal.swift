#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Where commander's words go, and how they may look there.
struct Terminal: Sendable {
    let output: Output
    let errors: Output
    /// Whether standard output is a terminal that can move its cursor. If it is not, output is plain: no colours, no redrawing, nothing cut off.
    let isInteractive: Bool
    let usesColor: Bool

    /// - Parameters:
    ///   - isTerminal: whether `output` is a terminal.
    ///   - environment: `NO_COLOR` (not empty: no colours) and `TERM` (`dumb`: plain) count.
    init(output: Output, errors: Output, isTerminal: Bool, environment: [String: String], noColor: Bool = false) {
        self.output = output
        self.errors = errors
        isInteractive = isTerminal && environment["TERM"] != "dumb"
        usesColor = isInteractive && !noColor && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// The terminal that this process has.
    static func standard(noColor: Bool) -> Terminal {
        Terminal(
            output: .descriptor(STDOUT_FILENO), errors: .descriptor(STDERR_FILENO), isTerminal: isatty(STDOUT_FILENO) == 1,
            environment: ProcessInfo.processInfo.environment, noColor: noColor)
    }

    /// How text is laid out now; the window may have changed its size since the last time.
    var layout: Layout {
        guard isInteractive else { return Layout(now: Date()) }
        let size = Self.windowSize()
        return Layout(width: size.columns, height: size.rows, usesColor: usesColor, isForPeople: true, now: Date())
    }

    func print(_ text: String) throws { try output.write(text) }

    /// Writes to standard error. If that is closed there is nobody left to tell.
    func printError(_ text: String) { try? errors.write(text) }

    private static func windowSize() -> (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (80, 24) }
        return (Int(size.ws_col), max(Int(size.ws_row), 5))
    }
}
