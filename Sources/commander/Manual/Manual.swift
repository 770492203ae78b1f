import ArgumentParser

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// All manual pages, made of what --help is made of.
enum Manual {
    /// - Throws: `DecodingError` where the argument parser tells of itself in another form than this program was built for.
    static var pages: [ManualPage] {
        get throws {
            let help = try JSONDecoder().decode(ToolHelp.self, from: Data(CommanderCommand._dumpHelp().utf8))
            let commands = help.command.all
            return commands.map { ManualPage($0, topics: Topic.all, all: commands) } + Topic.all.map { ManualPage($0) }
        }
    }
}
