import Engine

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reads what others append to a file of hints.
struct HintReader {
    enum News: Sendable {
        case hints([Hint])
        /// Hints may have been missed: look at everything.
        case missed
        /// Nothing more is read.
        case ended(HintFile.Problem)
    }

    private static let chunk = 64 << 10
    /// A line that is longer is no line of ours.
    private static let lineLimit = 256 << 10

    private let file: HintFile
    private let descriptor: Descriptor
    private var place: Int
    private var partial: [UInt8] = []

    /// - Parameter atEnd: whether what is there already has been heard, or does not matter.
    init(_ file: HintFile, atEnd: Bool) throws(HintFile.Problem) {
        self.file = file
        descriptor = Descriptor(try file.openForReading())
        place = 0
        if atEnd { place = size }
    }

    /// Closes the file with its last reader.
    private final class Descriptor {
        let number: Int32

        init(_ number: Int32) { self.number = number }

        deinit { close(number) }
    }

    private var size: Int {
        var status = stat()
        return fstat(descriptor.number, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Whether the path leads to another file now, or to none.
    var isOutdated: Bool { FileIdentity(path: file.path) != FileIdentity(descriptor: descriptor.number) }

    /// What was appended since the last time, in one.
    mutating func news() -> News? {
        if size < place {
            place = size
            partial = []
            return .missed
        }
        var hints: [Hint] = []
        var isMissed = false
        while let bytes = next() {
            for line in lines(bytes, &isMissed) { take(line, &hints, &isMissed) }
        }
        if isMissed { return .missed }
        return hints.isEmpty ? nil : .hints(hints)
    }

    private mutating func next() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: Self.chunk)
        let count = pread(descriptor.number, &bytes, bytes.count, off_t(place))
        guard count > 0 else { return nil }
        place += count
        return Array(bytes.prefix(count))
    }

    /// The lines that are complete now.
    private mutating func lines(_ bytes: [UInt8], _ isMissed: inout Bool) -> [ArraySlice<UInt8>] {
        let all = partial + bytes
        let parts = all.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        partial = Array(parts.last ?? [])
        if partial.count > Self.lineLimit {
            partial = []
            isMissed = true
        }
        return parts.dropLast()
    }

    private func take(_ line: ArraySlice<UInt8>, _ hints: inout [Hint], _ isMissed: inout Bool) {
        guard let line = HintLine(line) else { return isMissed = true }
        guard line.writer != file.writer else { return }
        // Doubles are told once.
        for hint in line.hints where !hints.contains(hint) { hints.append(hint) }
    }
}
