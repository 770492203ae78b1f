import Console

/// `commander help WORD` where the word is a topic, or nothing that there is.
enum TopicRequest: Equatable {
    case topic(String)
    case unknown(String)

    /// - Returns: `nil` where the argument parser is meant: for its own `help COMMAND`, and for everything else.
    init?(_ arguments: [String], commands: [String]) {
        guard arguments.count >= 2, arguments[0] == "help", !arguments[1].hasPrefix("-") else { return nil }
        let word = arguments[1]
        guard !commands.contains(word), word != "help" else { return nil }
        self = Topic.named(word) == nil ? .unknown(word) : .topic(word)
    }

    /// What is printed.
    /// - Throws: `Failure` that names the topics.
    var text: String {
        get throws {
            switch self {
            case .topic(let name): return Topic.named(name)?.help ?? ""
            case .unknown(let word):
                let names = Topic.all.map(\.name).joined(separator: ", ")
                throw Failure(
                    .usage, "there is no command and no topic '\(word)'; the topics are \(names), and commander --help lists the commands")
            }
        }
    }
}
