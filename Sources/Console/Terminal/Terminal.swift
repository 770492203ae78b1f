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

/// Where a program's words go, and how they may look there.
package struct Terminal: Sendable {
    /// The program's name, at the head of what it says on standard error.
    package let program: String
    package let output: Output
    package let errors: Output
    /// Whether standard output is a terminal that can move its cursor. If it is not, output is plain: no colours, no redrawing, nothing cut off.
    package let isInteractive: Bool
    package let usesColor: Bool

    /// - Parameters:
    ///   - program: the name that the user knows the program by.
    ///   - isTerminal: whether `output` is a terminal.
    ///   - environment: `NO_COLOR` (not empty: no colours) and `TERM` (`dumb`: plain) count.
    package init(
        program: String, output: Output, errors: Output, isTerminal: Bool, environment: [String: String], noColor: Bool = false
    ) {
        self.program = program
        self.output = output
        self.errors = errors
        isInteractive = isTerminal && environment["TERM"] != "dumb"
        usesColor = isInteractive && !noColor && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// The terminal that this process has.
    package static func standard(program: String, noColor: Bool) -> Terminal {
        Terminal(
            program: program, output: .descriptor(STDOUT_FILENO), errors: .descriptor(STDERR_FILENO),
            isTerminal: isatty(STDOUT_FILENO) == 1,
            environment: ProcessInfo.processInfo.environment, noColor: noColor)
    }

    /// How text is laid out now; the window may have changed its size since the last time.
    package var layout: Layout {
        guard isInteractive else { return Layout(now: Date()) }
        let size = Self.windowSize()
        return Layout(width: size.columns, height: size.rows, usesColor: usesColor, isForPeople: true, now: Date())
    }

    package func print(_ text: String) throws { try output.write(text) }

    /// Writes to standard error. If that is closed there is nobody left to tell.
    package func printError(_ text: String) { try? errors.write(text) }

    private static func windowSize() -> (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (80, 24) }
        return (Int(size.ws_col), max(Int(size.ws_row), 5))
    }
}
