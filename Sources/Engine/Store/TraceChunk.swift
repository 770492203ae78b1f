#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Some lines that an attempt of a task wrote, in order. Chunks are only ever inserted.
public struct TraceChunk: Sendable, Hashable, Codable, Identifiable {
    /// `<dagInsId>/<taskId>/<epoch>.<attempt>/<seq>`, the numbers in hexadecimal with leading zeros, so that the order of ids is the order of lines of a task.
    public var id: String
    public var dagInsId: String
    public var taskId: String
    public var epoch: Int64
    public var attempt: Int
    public var seq: Int
    public var worker: String
    public var lines: [TraceLine]

    public init(dagInsId: String, taskId: String, epoch: Int64, attempt: Int, seq: Int, worker: String, lines: [TraceLine]) {
        id = "\(dagInsId)/\(taskId)/\(Self.hex(epoch)).\(Self.hex(Int64(attempt)))/\(Self.hex(Int64(seq)))"
        self.dagInsId = dagInsId
        self.taskId = taskId
        self.epoch = epoch
        self.attempt = attempt
        self.seq = seq
        self.worker = worker
        self.lines = lines
    }

    private static func hex(_ number: Int64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }
}

/// One line of a trace.
public struct TraceLine: Sendable, Hashable, Codable {
    public var at: Date
    public var level: TraceLevel
    public var message: String

    public init(at: Date, level: TraceLevel, message: String) {
        self.at = at
        self.level = level
        self.message = message
    }
}

/// How much a line matters.
public enum TraceLevel: String, Sendable, Hashable, Codable, CaseIterable {
    case debug
    case info
    case warning
    case error
}
