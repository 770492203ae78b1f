/// Text in the language of manual pages (man(7) of groff, after Kernighan's and Ossanna's troff).
enum Troff {
    /// A text that may stand anywhere: nothing of it is taken for a request or an escape.
    static func text(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            // A bare one becomes a typographic hyphen, which cannot be copied into a shell.
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case "\"": result += "\\(dq"
            default: result += character.isASCII ? String(character) : character.unicodeScalars.map(named).joined()
            }
        }
        return result.first == "." ? "\\&" + result : result
    }

    private static func named(_ scalar: Unicode.Scalar) -> String {
        guard scalar.value >= 0x80 else { return String(Character(scalar)) }
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "\\[u\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)]"
    }

    static func section(_ title: String) -> String { ".SH \(text(title))" }

    /// Paragraphs; lines that begin with two spaces stay as they are, and lines without a small letter that end with a colon are headings.
    static func body(_ text: String) -> [String] {
        var lines: [String] = []
        var isKept = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let keeps = line.hasPrefix("  ")
            if keeps != isKept, keeps || !line.isEmpty {
                lines += keeps ? [".PP\n.RS 4\n.nf"] : [".fi\n.RE", ".PP"]
                isKept = keeps
            }
            if keeps {
                lines.append(Troff.text(String(line.dropFirst(2))))
            } else if line.isEmpty {
                if !isKept { lines.append(".PP") }
            } else if line.hasSuffix(":"), line == line.uppercased() {
                lines.append(section(String(line.dropLast())))
            } else {
                lines.append(Troff.text(String(line)))
                if !line.hasSuffix(" ") { lines.append(".br") }
            }
        }
        if isKept { lines.append(".fi\n.RE") }
        return tidied(lines)
    }

    /// Without breaks and paragraphs that do nothing: groff warns of some of them.
    private static func tidied(_ lines: [String]) -> [String] {
        var result: [String] = []
        for line in lines {
            let isBreak = line == ".PP" || line == ".br"
            let isAfterSpace = result.last.map { $0 == ".PP" || $0 == ".br" || $0.hasPrefix(".SH") } ?? true
            if isBreak || line.hasPrefix(".SH") || line.hasPrefix(".PP\n") || line.hasPrefix(".fi"),
                result.last == ".br" || (line != ".br" && result.last == ".PP")
            {
                result.removeLast()
            }
            if isBreak, isAfterSpace, line == ".br" || result.last.map({ $0.hasPrefix(".SH") }) ?? true { continue }
            result.append(line)
        }
        while result.last == ".PP" || result.last == ".br" { result.removeLast() }
        return result
    }
}
