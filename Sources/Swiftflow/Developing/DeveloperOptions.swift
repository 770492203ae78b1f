import ArgumentParser
import Console
import Engine
import Foundation
import Logging

/// What `dev` and `run` have in common.
struct DeveloperOptions: ParsableArguments {
    @Option(help: "The store; SWIFTFLOW_URL where it is not given, else \(Backend.embeddedURL), which is made if it is missing.")
    var url: String?

    @Option(
        help: "Directory of KisFlow files; SWIFTFLOW_FLOWS where it is not given, else flows if there is such a folder.",
        completion: .directory)
    var flows: String?

    @Flag(name: .customLong("no-color"), help: "No colours. A NO_COLOR that is not empty, TERM=dumb and a pipe say the same.")
    var noColor = false

    @Option(
        help: "trace, debug, info, notice, warning, error or critical: what the node says of its own (default warning).",
        transform: Self.level)
    var logLevel: Logger.Level = .warning

    var place: StorePlace { StorePlace(url: url, environment: ProcessInfo.processInfo.environment) }

    /// - Throws: `NodeError` where the folder that is named is not there.
    func flowDirectory() throws -> String? {
        let named = [flows, ProcessInfo.processInfo.environment["SWIFTFLOW_FLOWS"]].compactMap(\.self).first { !$0.isEmpty }
        guard let named else { return Self.isFolder("flows") ? "flows" : nil }
        guard Self.isFolder(named) else { throw NodeError("there is no directory '\(named)'; --flows names a folder of KisFlow files") }
        return named
    }

    static func isFolder(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    /// The screen of this process; the node's log goes there too.
    func screen(_ program: String) -> Screen {
        let screen = Screen(.standard(program: program, noColor: noColor))
        LoggingSystem.bootstrap { [logLevel] _ in ScreenLog(screen, level: logLevel) }
        return screen
    }

    private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else {
            throw ValidationError("it must be one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return level
    }
}
