#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Whether the user really wants what cannot be undone.
package struct Confirmation: Sendable {
    /// Whether it was given with the command (`--yes`).
    var isGiven: Bool
    /// Whether there is somebody to ask.
    var canAsk: Bool
    var answer: @Sendable () -> String?

    package init(isGiven: Bool, canAsk: Bool, answer: @escaping @Sendable () -> String? = { readLine() }) {
        self.isGiven = isGiven
        self.canAsk = canAsk
        self.answer = answer
    }

    /// Whether standard input is a terminal.
    package static var hasKeyboard: Bool { isatty(STDIN_FILENO) == 1 }

    /// - Throws: `Failure` where it is neither given nor can be asked for.
    package func checkPossible(_ what: String) throws {
        guard isGiven || canAsk else { throw Failure(.usage, "to \(what) without a terminal give --yes") }
    }

    /// Asks, unless it is given.
    /// - Throws: `Failure` for any answer but yes.
    package func confirm(_ question: String, _ terminal: Terminal) throws {
        if isGiven { return }
        try terminal.print(DisplayWidth.printable(question))
        guard let answer = answer(), ["y", "yes"].contains(answer.lowercased()) else {
            throw Failure(.refused, "not confirmed: nothing was done (y confirms, or --yes)")
        }
    }
}
