import Logging

/// Notes what is logged, a line each, with its metadata.
struct LineHandler: LogHandler {
    let lines: Notes<String>
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    init(lines: Notes<String>) {
        self.lines = lines
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        lines.add(
            "\(event.level): \(event.message) [\(all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))]")
    }
}
