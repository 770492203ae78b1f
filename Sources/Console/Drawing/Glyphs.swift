package import Workflow

/// The signs that drawings are made of.
package struct Glyphs: Sendable, Hashable {
    /// Whether there is more than ASCII.
    package let isUnicode: Bool

    package static let unicode = Glyphs(isUnicode: true)
    package static let ascii = Glyphs(isUnicode: false)

    /// What a terminal of this environment can show: the locale must be of UTF-8 (`LC_ALL`, `LC_CTYPE`, `LANG`, the first that is set), and `TERM` not `dumb`.
    package static func fitting(_ environment: [String: String]) -> Glyphs {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let name = locale.uppercased()
        return (name.contains("UTF-8") || name.contains("UTF8")) && environment["TERM"] != "dumb" ? .unicode : .ascii
    }

    /// A task's state; never told by colour alone.
    package func symbol(_ status: TaskInstanceStatus) -> Character {
        switch status {
        case .`init`: isUnicode ? "○" : "o"
        case .queued: isUnicode ? "◌" : "q"
        case .running: isUnicode ? "●" : ">"
        case .ending: isUnicode ? "◉" : "e"
        case .retrying: isUnicode ? "↻" : "r"
        case .parked: isUnicode ? "◔" : "z"
        case .blocked: isUnicode ? "■" : "B"
        case .`continue`: isUnicode ? "▷" : "c"
        case .success: isUnicode ? "✓" : "v"
        case .failed: isUnicode ? "✗" : "x"
        case .canceled: isUnicode ? "⊘" : "-"
        case .skipped: isUnicode ? "↷" : "s"
        }
    }

    package var ellipsis: String { isUnicode ? "…" : "..." }

    /// A corner, crossing or line, by the sides that it joins.
    func line(up: Bool, down: Bool, left: Bool, right: Bool) -> Character {
        switch (up || down, left || right) {
        case (false, false): " "
        case (true, false): isUnicode ? "│" : "|"
        case (false, true): isUnicode ? "─" : "-"
        case (true, true): isUnicode ? Self.corner(up, down, left, right) : down || left && right ? "+" : "`"
        }
    }

    private static func corner(_ up: Bool, _ down: Bool, _ left: Bool, _ right: Bool) -> Character {
        switch (up, down, left, right) {
        case (true, true, false, true): "├"
        case (true, true, true, false): "┤"
        case (true, false, false, true): "└"
        case (true, false, true, false): "┘"
        case (false, true, false, true): "┌"
        case (false, true, true, false): "┐"
        case (true, false, true, true): "┴"
        case (false, true, true, true): "┬"
        default: "┼"
        }
    }

    // MARK: Bars

    /// Time that was waited.
    var waiting: Character { isUnicode ? "·" : "." }
    /// An attempt that ended well.
    var done: Character { isUnicode ? "█" : "#" }
    /// An attempt that is under way, and its end: it goes on.
    var underWay: Character { isUnicode ? "▒" : "=" }
    var goesOn: Character { isUnicode ? "►" : ">" }
    /// An attempt that did not end well.
    var failed: Character { isUnicode ? "×" : "x" }
    /// What is done of a bar, and what is not.
    var full: Character { isUnicode ? "█" : "#" }
    var empty: Character { isUnicode ? "░" : "." }
}
