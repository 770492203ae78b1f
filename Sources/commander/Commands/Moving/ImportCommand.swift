import ArgumentParser
import Console
import Engine
import Records

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `commander import`.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Read what export has written into the store that --url names.",
        discussion: """
            Importing twice is harmless: what is there already and the same is skipped; what is there and different is named and left alone (exit code 5).
            A run that was not over when it was exported is canceled here, with the reason "imported: was running on worker-1": it does not come to life. DAGs do not become current: commander dag list
            does not show them, the runs have them. A line that is wrong ends it with exit code 7; the runs before it are imported.

            EXAMPLES:
              commander import run.jsonl --url sqlite:./bug.db
              gunzip -c flights.jsonl.gz | commander import -
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The file, or - for standard input.", completion: .file())
    var file: String

    func run() async throws {
        let terminal = options.terminal
        var lines = try LineSource(file)
        _ = Interrupt(notice: "commander: interrupted; whole runs are imported, importing again does the rest", terminal: terminal)
        let result = try await options.connected(createsStore: true) { connection in
            var result = RunImport(store: connection.store)
            var progress = ProgressBar(terminal, what: "import", unit: "MB", isShown: !options.json, glyphs: options.glyphs)
            do {
                while let line = try await lines.next() {
                    try await result.take(line)
                    try progress.show(done: lines.bytesRead >> 20, of: lines.size.map { $0 >> 20 })
                }
                try result.finish()
            } catch {
                try progress.clear()
                try report(result, terminal)
                throw error
            }
            try progress.clear()
            return result
        }
        try report(result, terminal)
        if result.problemCount > 0 { throw ExitCode(ExitStatus.refused.rawValue) }
    }

    private func report(_ result: RunImport, _ terminal: Terminal) throws {
        let report = MovedReport(
            imported: result.imported, skipped: result.skipped, problems: result.problems, problemCount: result.problemCount)
        try terminal.show(report, json: options.json)
    }
}
