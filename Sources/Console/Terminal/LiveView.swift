/// A few lines of a terminal that are drawn over and over in place.
package struct LiveView {
    let terminal: Terminal
    private var shown: [String] = []

    package init(terminal: Terminal) { self.terminal = terminal }

    /// Replaces what was drawn last. The lines must be less than the window is high, and none wider than it.
    package mutating func draw(_ lines: [String]) throws {
        guard lines != shown else { return }
        try terminal.print(back + text(lines))
        shown = lines
    }

    /// Puts text above the lines, where it stays. One write, so that nobody sees the terminal without them.
    mutating func scroll(_ text: String) throws { try terminal.print(back + text + self.text(shown)) }

    /// What was drawn stays, and is not replaced any more.
    mutating func leave() { shown = [] }

    /// Goes back to the first line, and clears what follows.
    private var back: String { shown.isEmpty ? "" : "\u{1B}[\(shown.count)A\r\u{1B}[J" }

    private func text(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }
}
