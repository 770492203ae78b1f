/// What the argument parser knows of a command (`--experimental-dump-help`, serialization version 0), as far as manual pages need it.
struct ToolHelp: Decodable {
    var command: Command

    struct Command: Decodable {
        var superCommands: [String]?
        var shouldDisplay: Bool?
        var commandName: String
        var abstract: String?
        var discussion: String?
        var subcommands: [Command]?
        var arguments: [Argument]?

        /// `commander dag apply`.
        var words: [String] { (superCommands ?? []) + [commandName] }

        /// The command and all below it, without those that are not shown, and without `help`, which every command has.
        var all: [Command] {
            guard shouldDisplay != false, commandName != "help" else { return [] }
            return [self] + (subcommands ?? []).flatMap(\.all)
        }
    }

    struct Argument: Decodable {
        var kind: String
        var shouldDisplay: Bool?
        var sectionTitle: String?
        var isOptional: Bool
        var isRepeating: Bool
        var names: [Name]?
        var valueName: String?
        var defaultValue: String?
        var allValues: [String]?
        var abstract: String?
        var discussion: String?
    }

    struct Name: Decodable {
        var kind: String
        var name: String

        var text: String { (kind == "long" ? "--" : "-") + name }
    }
}
