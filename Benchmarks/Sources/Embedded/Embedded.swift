import ArgumentParser
import Foundation

/// Measures Swiftflow on its embedded store beside bare upserts of the very rows that it has written, in one run.
@main
struct Embedded: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures Swiftflow on SQLite beside bare upserts of the same rows by GRDB.",
        discussion: """
            One node in this process runs chains of empty tasks in a new file. Then the rows of that file are upserted into another, in batches of 1,000, one transaction each: tasks once, runs as often as \
            the engine writes them (submitted, given out, ended). Rates are those of the best repetition.
            """)

    @Option(help: "How many runs.") var runs = 2_000
    @Option(help: "How many tasks each has, one after the other.") var length = 10
    @Option(help: "How often each is measured.") var repetitions = 3
    @Option(help: "A folder for the files, on the disk that is to be measured.") var folder = ".swiftflow/bench"

    func validate() throws {
        guard runs > 0, length > 0, repetitions > 0 else { throw ValidationError("--runs, --length and --repetitions must be at least 1") }
    }

    func run() async throws {
        let folder = URL(fileURLWithPath: folder).appending(path: "embedded-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        print(Self.line("", "tasks/s", "bare rows as tasks/s", "ratio", "rows/s bare"))
        for synchronous in ["full", "normal"] {
            var (engine, bare) = (Duration.seconds(3_600), Duration.seconds(3_600))
            var rows = 0
            for repetition in 0..<repetitions {
                let file = folder.appending(path: "\(synchronous)-\(repetition).db").path
                engine = min(engine, try await EngineOnFile(path: file, synchronous: synchronous).run(runs, length: length))
                let floor = try BareUpserts(of: file)
                rows = floor.count
                bare = min(bare, try floor.run(into: file + "-bare", synchronous: synchronous))
            }
            let tasks = Double(runs * length)
            let (own, floor) = (tasks / engine.inSeconds, tasks / bare.inSeconds)
            print(
                Self.line(
                    "synchronous=\(synchronous)", String(format: "%.0f", own), String(format: "%.0f", floor),
                    String(format: "%.2f", own / floor),
                    String(format: "%.0f", Double(rows) / bare.inSeconds)))
        }
    }

    private static func line(_ name: String, _ columns: String...) -> String {
        let cells = zip(columns, [12, 24, 10, 16]).map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }
        return name.padding(toLength: 22, withPad: " ", startingAt: 0) + cells.joined()
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

struct EmbeddedError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
