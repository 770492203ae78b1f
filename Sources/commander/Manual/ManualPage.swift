/// A manual page: its file and its text in troff.
struct ManualPage: Sendable {
    /// `commander-run.1`.
    let file: String
    let text: String

    /// 1 for commands, 7 for topics.
    let section: Int

    // MARK: Commands

    init(_ command: ToolHelp.Command, topics: [Topic], all: [ToolHelp.Command]) {
        section = 1
        let name = command.words.joined(separator: "-")
        file = "\(name).1"
        var lines = [Self.head(name, 1), Troff.section("NAME"), "\(Troff.text(name)) \\- \(Troff.text(Self.title(command.abstract)))"]
        lines += [Troff.section("SYNOPSIS")] + Self.synopsis(command)
        if let discussion = command.discussion {
            // What commander's own help lists of topics is below, as pages.
            lines += [Troff.section("DESCRIPTION")] + Troff.body(discussion.components(upTo: "TOPICS ("))
        }
        lines += Self.options(command)
        let subcommands = (command.subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
        if !subcommands.isEmpty {
            lines.append(Troff.section("COMMANDS"))
            for sub in subcommands {
                lines += [".TP", ".BR \(Troff.text(sub.words.joined(separator: "-"))) (1)", Troff.text(Self.title(sub.abstract))]
            }
        }
        lines += Self.references(command, topics, all)
        text = lines.joined(separator: "\n") + "\n"
    }

    private static func synopsis(_ command: ToolHelp.Command) -> [String] {
        var words = ["\\fB\(Troff.text(command.words.joined(separator: " ")))\\fR"]
        for argument in shown(command) where argument.kind == "positional" {
            let name = "\\fI\(Troff.text(argument.valueName ?? "value"))\\fR\(argument.isRepeating ? " ..." : "")"
            words.append(argument.isOptional ? "[\(name)]" : name)
        }
        if shown(command).contains(where: { $0.kind != "positional" }) { words.append("[\\fIoptions\\fR]") }
        if command.subcommands?.isEmpty == false { words.append("\\fIcommand\\fR") }
        return [words.joined(separator: " ")]
    }

    private static func shown(_ command: ToolHelp.Command) -> [ToolHelp.Argument] {
        (command.arguments ?? []).filter { $0.shouldDisplay != false }
    }

    /// Positional arguments first, then options under their headings.
    private static func options(_ command: ToolHelp.Command) -> [String] {
        let arguments = shown(command)
        var lines: [String] = []
        var titles: [String] = []
        for argument in arguments.filter({ $0.kind == "positional" }) + arguments.filter({ $0.kind != "positional" }) {
            let title = title(of: argument)
            if !titles.contains(title) { titles.append(title) }
        }
        for title in titles {
            lines.append(Troff.section(title.uppercased()))
            for argument in arguments where self.title(of: argument) == title { lines += item(argument) }
        }
        return lines
    }

    private static func title(of argument: ToolHelp.Argument) -> String {
        argument.sectionTitle ?? (argument.kind == "positional" ? "Arguments" : "Options")
    }

    private static func item(_ argument: ToolHelp.Argument) -> [String] {
        let value = "\\fI\(Troff.text(argument.valueName ?? "value"))\\fR"
        let names = (argument.names ?? []).map { "\\fB\(Troff.text($0.text))\\fR" }.joined(separator: ", ")
        let head = argument.kind == "positional" ? value : argument.kind == "option" ? "\(names) \(value)" : names
        var text = [argument.abstract, argument.discussion].compactMap { $0 }.joined(separator: " ")
        if let values = argument.allValues, !values.isEmpty { text += " One of \(values.joined(separator: ", "))." }
        if let standard = argument.defaultValue, argument.kind != "flag" { text += " Default: \(standard)." }
        return [".TP", head, Troff.text(text.isEmpty ? "No more is to be said." : text.replacing("\n", with: " "))]
    }

    private static func references(_ command: ToolHelp.Command, _ topics: [Topic], _ all: [ToolHelp.Command]) -> [String] {
        var pages = all.filter { $0.words.count == 1 || $0.words.dropLast() == command.words.dropLast() }.map {
            ($0.words.joined(separator: "-"), 1)
        }
        pages += topics.map { ("commander-\($0.name)", 7) }
        pages.removeAll { $0.0 == command.words.joined(separator: "-") }
        return seeAlso(pages)
    }

    // MARK: Topics

    init(_ topic: Topic) {
        section = 7
        let name = "commander-\(topic.name)"
        file = "\(name).7"
        let lines =
            [
                Self.head(name, 7), Troff.section("NAME"), "\(Troff.text(name)) \\- \(Troff.text(topic.abstract))",
                Troff.section("DESCRIPTION"),
            ] + Troff.body(topic.text) + Self.seeAlso([("commander", 1)])
        text = lines.joined(separator: "\n") + "\n"
    }

    // MARK: Parts

    private static func head(_ name: String, _ section: Int) -> String {
        // Ragged right, no hyphens: command lines are in the text.
        ".TH \"\(Troff.text(name.uppercased()))\" \(section) \"\" \"Swiftflow\" \"Swiftflow\"\n.nh\n.ad l"
    }

    private static func title(_ abstract: String?) -> String {
        let text = (abstract ?? "").replacing("\n", with: " ")
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }

    private static func seeAlso(_ pages: [(name: String, section: Int)]) -> [String] {
        guard !pages.isEmpty else { return [] }
        let last = pages.count - 1
        return [Troff.section("SEE ALSO")]
            + pages.enumerated().map { ".BR \(Troff.text($1.name)) (\($1.section))\($0 < last ? "," : "")" }
    }
}

extension String {
    /// What stands before a word; the whole where it is not there.
    fileprivate func components(upTo word: String) -> String {
        guard let range = firstRange(of: word) else { return self }
        return String(self[..<range.lowerBound])
    }
}
