import Foundation
import KisFlow
import Synchronization

/// What a `flow` command says: results on standard output, everything else on standard error.
final class FlowConsole: Sendable {
    /// What may fill one line.
    private static let maximumLine = 2_000

    private let program: String
    private let json: Bool
    /// Standard output is for rows.
    private let rowsOnOutput: Bool
    private let redraws: Bool
    private let hasProgressLine = Mutex(false)

    init(_ program: String, json: Bool, rowsOnOutput: Bool = false) {
        self.program = program
        self.json = json
        self.rowsOnOutput = rowsOnOutput
        redraws = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// Columns of the terminal; `nil` where nothing may be cut off.
    static var width: Int? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    func observe(_ event: FlowEvent) {
        switch event {
        case .functionStarted, .functionFinished: break
        case .progress: progress(event.description)
        case .functionRetried, .message: line(event.description)
        }
    }

    func show(_ results: [FlowResult]) throws {
        clear()
        let summaries = results.map(\.summary)
        if json { return print(try FlowJSON.text(FlowRunsReport(runs: summaries))) }
        if summaries.isEmpty { print("there are no rows to feed back") }
        for summary in summaries { print(FlowResultText(summary).text) }
    }

    /// Says why a command has failed.
    func fail(_ error: any Error, _ exit: FlowExit) {
        clear()
        guard exit != .closedOutput else { return }
        let message = error is CancellationError ? "interrupted; the run was cancelled" : "\(error)"
        if json {
            let report = FlowErrorReport(error: .init(code: exit.rawValue, kind: (error as? FlowError)?.kind.rawValue, message: message))
            write((try? FlowJSON.text(report)) ?? message, STDERR_FILENO)
        } else {
            write("\(program): \(message)", STDERR_FILENO)
        }
    }

    /// Prints what the command is about.
    func print(_ text: String) { write(text, rowsOnOutput ? STDERR_FILENO : STDOUT_FILENO) }

    private func progress(_ text: String) {
        guard redraws else { return write(text, STDERR_FILENO) }
        hasProgressLine.withLock { hasLine in
            FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
            hasLine = true
        }
    }

    private func line(_ text: String) {
        clear()
        write(String(FlowText.printable(text).prefix(Self.maximumLine)), STDERR_FILENO)
    }

    private func clear() {
        hasProgressLine.withLock { hasLine in
            if hasLine { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
            hasLine = false
        }
    }

    private func write(_ text: String, _ descriptor: Int32) {
        let handle = descriptor == STDOUT_FILENO ? FileHandle.standardOutput : FileHandle.standardError
        try? handle.write(contentsOf: Data((text.hasSuffix("\n") ? text : text + "\n").utf8))
    }
}

/// What `flow run --json` prints.
struct FlowRunsReport: Encodable {
    let runs: [FlowSummary]
}

/// What `--json` prints instead of an error message.
struct FlowErrorReport: Encodable {
    struct Content: Encodable {
        let code: Int32
        let kind: String?
        let message: String
    }

    let error: Content
}

enum FlowJSON {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
