import Foundation

/// Holds ratios against those of an earlier table.
struct Guard {
    private let stored: [Row]

    /// - Throws: where the file cannot be read.
    init(path: String) throws {
        stored = try JSONDecoder().decode([Row].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// How much worse a ratio may be: machines and days differ, and so do rounds.
    private static let slack = 1.5

    /// - Throws: `BenchmarkError` that names what has become worse.
    func check(_ rows: [Row]) throws {
        var worse: [String] = []
        for row in rows {
            guard let ratio = row.ratio, let before = stored.first(where: { $0.name == row.name })?.ratio, before > 0, ratio > 0 else {
                continue
            }
            // Of rates more is better, of all else less.
            let factor = row.unit == "/s" ? before / ratio : ratio / before
            if factor > Self.slack, row.guards { worse.append("\(row.name): ratio \(ratio), it was \(before)") }
        }
        guard worse.isEmpty else { throw BenchmarkError("worse than before by more than a third:\n" + worse.joined(separator: "\n")) }
        print("no ratio is worse than in the stored table by more than a third")
    }
}

extension Row {
    /// Whether the figure is steady enough to be a reason to fail: tails are not, nor is what the system counts in steps of 10 ms.
    fileprivate var guards: Bool { !name.contains("p99") && !name.contains("CPU") }
}
