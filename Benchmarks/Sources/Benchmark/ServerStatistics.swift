import BSON
import Foundation
import MongoDriver

/// What the server says that it has done, and what it has used.
struct ServerStatistics: Sendable {
    /// Documents inserted, updated and deleted, and read commands, by kind.
    var counts: [String: Double] = [:]
    /// Bytes of the write-ahead log.
    var journalBytes = 0.0
    /// Processor seconds of the server's process.
    var cpuSeconds = 0.0

    /// Documents written, and commands that read: what the issue of a run costs the server. Waiting for hints is not among them.
    var operations: Double { ["insert", "update", "delete", "find", "aggregate", "findAndModify"].reduce(0) { $0 + (counts[$1] ?? 0) } }

    /// The same, and each wait for hints.
    var allOperations: Double { operations + (counts["getMore"] ?? 0) }

    static func read(_ client: MongoClient) async throws -> ServerStatistics {
        let status = try await client.run("serverStatus") { try $0.command("admin", ["serverStatus": 1], isRead: true) }
        var statistics = ServerStatistics()
        for kind in ["insert", "update", "delete"] { statistics.counts[kind] = number(status[path: "opcounters", kind]) }
        for kind in ["insert", "update"] {
            statistics.counts["command:\(kind)"] = number(status[path: "metrics", "commands", kind, "total"])
        }
        for kind in ["find", "aggregate", "getMore", "findAndModify"] {
            statistics.counts[kind] = number(status[path: "metrics", "commands", kind, "total"])
        }
        statistics.journalBytes = number(status[path: "wiredTiger", "log", "log bytes written"])
        statistics.cpuSeconds = processorSeconds(of: Int(number(status["pid"])))
        return statistics
    }

    static func - (left: Self, right: Self) -> Self {
        var difference = left
        for (kind, count) in right.counts { difference.counts[kind, default: 0] -= count }
        difference.journalBytes -= right.journalBytes
        difference.cpuSeconds -= right.cpuSeconds
        return difference
    }

    private static func number(_ value: BSONValue?) -> Double {
        switch value {
        case .int32(let number): Double(number)
        case .int64(let number): Double(number)
        case .double(let number): number
        default: 0
        }
    }
}

/// Processor time that a process has used, in seconds, from Linux's /proc; zero where there is none.
func processorSeconds(of pid: Int) -> Double {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = text.lastIndex(of: ")") else { return 0 }
    let fields = text[end...].split(separator: " ")
    // After the name: state is field 1, utime field 12, stime field 13, in ticks of 10 ms.
    guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
    return (user + system) / 100
}

/// Memory that a process holds, in bytes, from Linux's /proc; zero where there is none.
func residentBytes(of pid: Int) -> Int {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8) else { return 0 }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4_096 : 0
}
