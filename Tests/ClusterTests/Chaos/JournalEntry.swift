import Foundation

/// What one attempt wrote outside of the store.
struct JournalEntry: Hashable, Sendable {
    enum End: String, Hashable, Sendable {
        case done
        case failed
        case canceled
    }

    var run: String
    var task: String
    var fence: Fence
    var node: String
    var pid: Int32
    /// Its times are up to this many seconds too early.
    var resolution: Double
    var started: Moment
    /// How often an attempt under this very fence began; more than once must not be.
    var starts = 1
    var flushed = false
    var end: End?
    var ended: Moment?

    /// What orders the attempts of one task: epoch, then attempt.
    struct Fence: Hashable, Comparable, Sendable, CustomStringConvertible {
        var epoch: Int64
        var attempt: Int

        static func < (left: Fence, right: Fence) -> Bool { (left.epoch, left.attempt) < (right.epoch, right.attempt) }
        var description: String { "\(epoch).\(attempt)" }
    }

    /// Scripts have no fine clock; that tells them apart.
    var isShell: Bool { resolution > 0.001 }
    var taskKey: String { "\(run)/\(task)" }
}

extension JournalEntry {
    /// Reads the file of an attempt; `nil` for one that was created and not written before its process died.
    init?(file text: String) throws {
        var entry: JournalEntry?
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            switch (words.first, words.count) {
            case ("start", 9):
                if entry != nil { entry?.starts += 1 } else { entry = Self(start: words) }
            case ("flushed", 2): entry?.flushed = true
            case ("end", 3):
                entry?.end = End(rawValue: words[1])
                entry?.ended = Int64(words[2]).map(Moment.init)
            default: throw JournalError(line: String(line))
            }
        }
        guard let entry else { return nil }
        self = entry
    }

    /// start RUN TASK EPOCH ATTEMPT NODE PID RESOLUTION TIME
    private init?(start words: [String]) {
        guard let epoch = Int64(words[3]), let attempt = Int(words[4]), let pid = Int32(words[6]), let resolution = Double(words[7]),
            let time = Int64(words[8])
        else { return nil }
        self.init(
            run: words[1], task: words[2], fence: Fence(epoch: epoch, attempt: attempt), node: words[5], pid: pid,
            resolution: resolution / 1e9,
            started: Moment(nanoseconds: time))
    }

    /// All entries in a folder.
    static func all(in folder: URL) throws -> [JournalEntry] {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return try files.compactMap { try JournalEntry(file: String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)) }
    }
}

/// A line of the journal that nobody writes.
struct JournalError: Error, CustomStringConvertible {
    var line: String
    var description: String { "the journal has a line that cannot be read: '\(line)'" }
}
