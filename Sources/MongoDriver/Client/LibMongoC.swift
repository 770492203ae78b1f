import CMongo
import Logging
import Synchronization

/// libmongoc can be initialised once in a process and never again after clean-up, so this is a lazy constant and nothing is ever cleaned up.
enum LibMongoC {
    private static let sink: LogSink = {
        let sink = LogSink(Logger(label: "libmongoc"))
        // Retained for the life of the process: libmongoc may log at any time.
        let context = Unmanaged.passRetained(sink).toOpaque()
        cm_initialize(forwardLog, context)
        return sink
    }()

    static func initialize() {
        _ = sink
    }
}

private func forwardLog(level: UInt32, domain: UnsafePointer<CChar>, message: UnsafePointer<CChar>, context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    Unmanaged<LogSink>.fromOpaque(context).takeUnretainedValue().log(level, String(cString: domain), String(cString: message))
}

/// Passes libmongoc's log on to swift-log: at most ``limit`` lines in ten seconds (what is left out is counted), each cut at 1,000 characters.
final class LogSink: Sendable {
    private static let limit = 50
    private let logger: Logger
    private let window = Mutex((start: ContinuousClock.now, lines: 0))

    init(_ logger: Logger) {
        self.logger = logger
    }

    func log(_ level: UInt32, _ domain: String, _ message: String) {
        let lines = window.withLock { window in
            if window.start.duration(to: .now) > .seconds(10) { window = (.now, 0) }
            window.lines += 1
            return window.lines
        }
        guard lines <= LogSink.limit else { return }
        let suffix = lines == LogSink.limit ? " (further lines are left out for up to ten seconds)" : ""
        logger.log(level: LogSink.level(level), "\(domain): \(message.prefix(1_000))\(suffix)")
    }

    private static func level(_ level: UInt32) -> Logger.Level {
        switch level {
        case 0, 1: .error
        case 2: .warning
        case 3, 4: .debug
        default: .trace
        }
    }
}
