/// A few lines of a terminal that are drawn over and over in place.
package struct LiveView {
    let terminal: Terminal
    private var shown: [String] = []

    package init(terminal: Terminal) { self.terminal = terminal }

    /// Replaces what was drawn last. The lines must be less than the window is high, and none wider than it.
    package mutating func draw(_ lines: [String]) throws {
        guard lines != shown else { return }
        let back = shown.isEmpty ? "" : "\u{1B}[\(shown.count)A\r\u{1B}[J"
        try terminal.print(back + lines.map { $0 + "\n" }.joined())
        shown = lines
    }
}
