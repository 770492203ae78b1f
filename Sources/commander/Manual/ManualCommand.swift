import ArgumentParser
import Console

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `commander manual`: for `make install`, and for packagers.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Write commander's manual pages below a folder: man1 has commands, man7 topics.",
        discussion: """
            EXAMPLES:
              commander manual ~/.local/share/man && man commander-run
            """, shouldDisplay: false)

    @Argument(help: "The folder, which is made where it is not there.", completion: .directory)
    var directory: String

    func run() throws {
        for page in try Manual.pages {
            let folder = "\(directory)/man\(page.section)"
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try Data(page.text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(page.file)"))
            } catch {
                throw Failure(.usage, "'\(folder)/\(page.file)' cannot be written: \(error); name another folder")
            }
        }
    }
}
