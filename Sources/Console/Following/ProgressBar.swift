/// A line of a terminal that says how far something long has come: drawn over in place, gone when it is over. Nothing is drawn elsewhere.
package struct ProgressBar {
    private let terminal: Terminal
    private let what: String
    private let unit: String
    private let isShown: Bool
    private let isSteady: Bool
    private let glyphs: Glyphs
    private let start = ContinuousClock.now
    private var drawn: (text: String, at: ContinuousClock.Instant)?

    /// It is drawn no more often than this.
    private static let shortestPause = Duration.milliseconds(100)

    /// - Parameters:
    ///   - what: the verb at the head of the line.
    ///   - unit: what is counted.
    ///   - isShown: `false` draws nothing, as does a terminal that cannot.
    ///   - isSteady: whether what is left will take as long as what is done: only then an estimate is honest.
    package init(_ terminal: Terminal, what: String, unit: String, isShown: Bool = true, isSteady: Bool = true, glyphs: Glyphs) {
        (self.terminal, self.what, self.unit, self.isSteady, self.glyphs) = (terminal, what, unit, isSteady, glyphs)
        self.isShown = isShown && terminal.isInteractive
    }

    /// - Parameters:
    ///   - total: `nil` where nobody knows.
    ///   - note: what else there is to say.
    package mutating func show(done: Int, of total: Int?, note: String = "") throws {
        let now = ContinuousClock.now
        guard isShown, drawn.map({ now - $0.at >= Self.shortestPause }) ?? true else { return }
        let line = Self.text(
            what: what, unit: unit, done: done, total: total, elapsed: now - start, isSteady: isSteady, note: note, glyphs,
            width: (terminal.layout.width ?? 80) - 1)
        guard line != drawn?.text else { return }
        drawn = (line, now)
        try terminal.print("\r" + line + "\u{1B}[K")
    }

    /// Takes the line away.
    package mutating func clear() throws {
        guard drawn != nil else { return }
        drawn = nil
        try terminal.print("\r\u{1B}[K")
    }

    static func text(
        what: String, unit: String, done: Int, total: Int?, elapsed: Duration, isSteady: Bool, note: String, _ glyphs: Glyphs, width: Int
    ) -> String {
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        var parts = ["\(done)" + (total.map { "/\($0)" } ?? "") + " \(unit)", seconds < 1 ? "" : Self.text(seconds)]
        if isSteady, let total, let left = estimate(done: done, total: total, seconds: seconds) { parts.append("about \(left) left") }
        parts.append(DisplayWidth.printable(note))
        let facts = parts.filter { !$0.isEmpty }.joined(separator: ", ")
        guard let total, total > 0 else { return DisplayWidth.cut("\(what) \(facts)", to: width) }
        let room = min(width - DisplayWidth.of("\(what)  \(facts)") - 1, 30)
        guard room >= 5 else { return DisplayWidth.cut("\(what) \(facts)", to: width) }
        let full = min(max(done, 0), total) * room / total
        let bar = String(repeating: glyphs.full, count: full) + String(repeating: glyphs.empty, count: room - full)
        return DisplayWidth.cut("\(what) \(bar) \(facts)", to: width)
    }

    private static func text(_ seconds: Double) -> String {
        seconds < 60 ? "\(Int(seconds)) s" : TimeText.duration(seconds)
    }

    /// How long the rest will take, once enough is done to say.
    private static func estimate(done: Int, total: Int, seconds: Double) -> String? {
        guard seconds >= 2, done >= 3, done < total, done * 20 >= total else { return nil }
        let left = seconds / Double(done) * Double(total - done)
        return left < 1 ? nil : text(left)
    }
}
