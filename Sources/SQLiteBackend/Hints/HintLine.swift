import Engine

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One line of the file of hints: who wrote it, and what, as JSON.
struct HintLine: Sendable, Equatable {
    var writer: String
    var hints: [Hint]

    /// Hints in a line, and runs named in a hint: where there are more, it is not said which.
    static let runLimit = 100

    private struct Form: Codable {
        var by: String
        var hints: [Item]
    }

    private struct Item: Codable {
        var kind: String
        var session: String?
        var runs: [String]?
        var key: String?
    }

    /// The line with its end.
    func encoded() -> [UInt8] {
        let form = Form(by: writer, hints: hints.map(Self.item))
        guard let data = try? JSONEncoder().encode(form) else { return [] }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    init(writer: String, hints: [Hint]) {
        self.writer = writer
        self.hints = hints
    }

    /// - Returns: `nil` for a line that nobody of ours wrote, or of which a part is missing.
    init?(_ line: some Sequence<UInt8>) {
        guard let form = try? JSONDecoder().decode(Form.self, from: Data(line)) else { return nil }
        var hints: [Hint] = []
        for item in form.hints {
            guard let hint = Self.hint(item) else { return nil }
            hints.append(hint)
        }
        self.init(writer: form.by, hints: hints)
    }

    private static func item(_ hint: Hint) -> Item {
        switch hint {
        case .dispatch: Item(kind: "dispatch")
        case .nodesChanged: Item(kind: "nodesChanged")
        case .commands: Item(kind: "commands")
        case .leaderGone: Item(kind: "leaderGone")
        case .unlocked(let key): Item(kind: "unlocked", key: key)
        case .assigned(let session, let runs): Item(kind: "assigned", session: session, runs: named(runs))
        case .commanded(let session, let runs): Item(kind: "commanded", session: session, runs: named(runs))
        }
    }

    private static func named(_ runs: [String]) -> [String]? { runs.isEmpty || runs.count > runLimit ? nil : runs }

    private static func hint(_ item: Item) -> Hint? {
        switch (item.kind, item.session) {
        case ("dispatch", _): .dispatch
        case ("nodesChanged", _): .nodesChanged
        case ("commands", _): .commands
        case ("leaderGone", _): .leaderGone
        case ("unlocked", _): .unlocked(key: item.key)
        case ("assigned", let session?): .assigned(session: session, runs: item.runs ?? [])
        case ("commanded", let session?): .commanded(session: session, runs: item.runs ?? [])
        default: nil
        }
    }
}
