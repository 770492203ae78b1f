import ArgumentParser
import Console
import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Carries out a command to one run, or to many.
struct Telling {
    let kind: Workflow.Command.Kind
    let telling: TellOptions
    let options: GlobalOptions
    var tasks: [String] = []
    var watch = false

    /// - Throws: `ExitCode` where the command was refused, or not done in time.
    func run() async throws {
        let terminal = options.terminal
        if watch, telling.id == nil { throw ValidationError("--watch shows one run; name it") }
        let confirmation = Confirmation(
            isGiven: telling.filter.yes, canAsk: terminal.isInteractive && !options.json && Confirmation.hasKeyboard)
        if telling.id == nil, !telling.filter.dryRun { try confirmation.checkPossible("\(kind.rawValue) many runs") }
        let status = try await options.connected { connection in
            if let id = telling.id { return try await tell(id, connection.commander, terminal) }
            return try await tellMany(connection.commander, terminal, confirmation)
        }
        if status != .success { throw ExitCode(status.rawValue) }
    }

    // MARK: One

    private func tell(_ id: String, _ commander: Commander, _ terminal: Terminal) async throws -> ExitStatus {
        let patience = telling.patience ?? (watch ? .seconds(30) : nil)
        let record = try await commander.send(kind, to: id, tasks: tasks, author: telling.author, wait: patience)
        let status = Self.status(of: record, isAwaited: patience != nil)
        guard watch, status == .success else {
            try terminal.show(CommandReport(record, isAwaited: patience != nil), json: options.json)
            return status
        }
        _ = Interrupt(notice: "commander: interrupted; the run goes on: look at it with commander show \(id)", terminal: terminal)
        let end = try await RunProgress(commander: commander, terminal: terminal, json: options.json, id: id).watch()
        return end == .success || (kind == .cancel && end == .canceled) ? .success : .failed
    }

    static func status(of record: CommandRecord, isAwaited: Bool) -> ExitStatus {
        switch record.status {
        case .refused: .refused
        case .done: .success
        case .pending, .accepted: isAwaited ? .timedOut : .success
        }
    }

    // MARK: Many

    private func tellMany(_ commander: Commander, _ terminal: Terminal, _ confirmation: Confirmation) async throws -> ExitStatus {
        let selection = try telling.filter.selection(statuses: kind.usualStatuses, now: Date())
        let (runs, hasMore) = try await commander.select(selection)
        var report = SelectionReport(kind, runs, hasMore: hasMore, limit: selection.limit, isDryRun: telling.filter.dryRun)
        guard !runs.isEmpty, !telling.filter.dryRun else {
            try terminal.show(report, json: options.json)
            return .success
        }
        if !options.json { try terminal.print(report.text(terminal.layout)) }
        try confirmation.confirm("\(kind.rawValue) \(runs.count == 1 ? "this run" : "these \(runs.count) runs")? [y/N] ", terminal)
        var bar = ProgressBar(
            terminal, what: kind.rawValue, unit: "runs", isShown: !options.json, isSteady: telling.patience == nil, glyphs: options.glyphs)
        let results = try await commander.send(
            kind, to: runs.map(\.id), tasks: tasks, author: telling.author, wait: telling.patience
        ) { sent, settled in
            let isSent = sent == runs.count && telling.patience != nil
            try bar.show(done: isSent ? settled : sent, of: runs.count, note: isSent ? "waiting until they are done" : "")
        }
        try bar.clear()
        report.results = results.map { SelectionReport.Result($0) }
        if options.json {
            try terminal.print(JSONOutput.document(report))
        } else {
            try terminal.print(report.resultText(terminal.layout))
        }
        return Self.status(of: results, isAwaited: telling.patience != nil)
    }

    /// The worst of all.
    static func status(of results: [SelectedResult], isAwaited: Bool) -> ExitStatus {
        let each = results.map { $0.record.map { status(of: $0, isAwaited: isAwaited) } ?? .failed }
        return [.failed, .refused, .timedOut].first(where: each.contains) ?? .success
    }
}

extension Workflow.Command.Kind {
    /// Which runs a command is for where no status is named: those to which it can apply.
    var usualStatuses: Set<DagInstanceStatus> {
        switch self {
        case .retry: [.failed, .canceled]
        case .rerun: [.success, .failed, .canceled]
        case .continue, .reject: [.blocked]
        case .cancel, .pause, .resume, .wake: [.`init`, .scheduled, .running, .blocked, .parked]
        }
    }
}
