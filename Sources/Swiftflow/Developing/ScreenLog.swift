import Console
import Foundation
import Logging

/// Log lines of a node in a developer's terminal: above what is drawn there, and short.
struct ScreenLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let screen: Screen
    /// Paths below it are shown from there on.
    private let folder = FileManager.default.currentDirectoryPath + "/"

    /// - Parameter screen: where the lines go.
    init(_ screen: Screen, level: Logger.Level) {
        self.screen = screen
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let layout = screen.terminal.layout
        // Whose line it is is known: there is one node.
        let pairs = metadata.merging(event.metadata ?? [:]) { $1 }.filter { $0.key != "node" }.sorted { $0.key < $1.key }
        let text = ([event.message.description] + pairs.map { "\($0.key)=\($0.value)" }).joined(separator: " ")
        let line = DisplayWidth.printable(Redaction.withoutCredentials(text.replacingOccurrences(of: folder, with: "")))
        let time = layout.isForPeople ? "" : TimeText.iso(Date()) + " "
        screen.complain("\(time)\(layout.styled(event.level.rawValue, Self.style(event.level))): \(line.prefix(Self.limit))\n")
    }

    /// The most characters of a line.
    private static let limit = 4_000

    private static func style(_ level: Logger.Level) -> Style? {
        switch level {
        case .trace, .debug: .dim
        case .info, .notice: .cyan
        case .warning: .yellow
        case .error, .critical: .red
        }
    }
}
