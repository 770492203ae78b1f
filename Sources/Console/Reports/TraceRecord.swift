package import Engine

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// One line of a trace with where it comes from.
package struct TraceRecord: Encodable, Hashable, Sendable {
    package var at: Date
    package var task: String
    package var attempt: Int
    package var epoch: Int64
    package var worker: String
    package var level: TraceLevel
    package var message: String

    /// The lines of a chunk, in order.
    package static func records(of chunk: TraceChunk) -> [TraceRecord] {
        chunk.lines.map { line in
            TraceRecord(
                at: line.at, task: chunk.taskId, attempt: chunk.attempt, epoch: chunk.epoch, worker: chunk.worker, level: line.level,
                message: line.message)
        }
    }

    /// `time task[attempt] level message`. What a task printed is left as it is in a file, and kept from steering a terminal.
    package func text(_ layout: Layout) -> String {
        let place = "\(task)[\(attempt)]"
        let message = layout.isForPeople ? DisplayWidth.printable(message) : message
        return
            "\(layout.styled(TimeText.iso(at), .dim)) \(layout.styled(place, .cyan)) \(layout.styled(level.rawValue, level.style)) \(message)\n"
    }
}

extension TraceLevel {
    fileprivate var style: Style? {
        switch self {
        case .debug: .dim
        case .info: nil
        case .warning: .yellow
        case .error: .red
        }
    }
}
