import Console
import Engine
import Foundation
import Workflow

/// Shows the runs of a store as they go.
///
/// It looks when something happens on the node, and else now and then: what other nodes do, and runs that nobody takes, are only in the store. The end of a run stays there, so it is not missed.
struct DevWatch: Sendable {
    let commander: Commander
    let screen: Screen
    let news: News
    /// Paths below it are shown from there on.
    let folder: String
    /// What is said when the node is in the cluster.
    let beginning: String

    /// How long it waits between two looks where nothing is under way.
    private static let idle = Duration.seconds(2)
    /// How many runs under way are read; more are said as a number up to this.
    private static let limit = 100
    private static let underWay: Set<DagInstanceStatus> = [.`init`, .scheduled, .running, .parked]

    /// Shows runs until it is cancelled.
    func run() async throws {
        try await news.listening(onEvent: { [screen, folder] event in
            // Nobody is there to read it where this fails; the next look ends for the same reason.
            if let line = DevText.line(event, folder: folder, screen.terminal.layout) { try? screen.say(line) }
        }) {
            defer { try? screen.draw([]) }
            var books = DevBooks()
            var schedule = PollSchedule()
            while !news.hasJoined { try await news.wait(atMost: Self.idle) }
            try screen.say(beginning)
            while !Task.isCancelled {
                var isBusy = true
                do {
                    isBusy = try await look(&books)
                } catch let error as StoreError where error.isTransient {
                    screen.complain("the store does not answer: \(error.message)\n")
                }
                if isBusy { schedule.reset() }
                try await news.wait(atMost: books.open.isEmpty ? Self.idle : schedule.next())
            }
        }
    }

    /// - Returns: whether there was news.
    private func look(_ books: inout DevBooks) async throws -> Bool {
        let page = try await commander.list(InstanceQuery(statuses: Self.underWay, limit: Self.limit))
        let seen = news.takeRuns()
        let gone = books.take(underWay: page.elements, seen: seen)
        for id in gone { try await tell(endOf: id, &books) }
        let oldest = page.elements.reversed()
        let isInteractive = screen.terminal.isInteractive
        var shown: [(details: RunDetails, waitsFor: String?)] = []
        for run in isInteractive ? Array(oldest.prefix(DevView.runLimit)) : Array(oldest) {
            if let details = try await details(run.id) { shown.append((details, try await waitsFor(details))) }
        }
        if isInteractive {
            try screen.draw(DevView.lines(shown, others: page.elements.count - shown.count, screen.terminal.layout))
        } else {
            for run in shown {
                if let reason = run.waitsFor, books.isNew(reason, of: run.details.instance.id) {
                    try screen.say("\(TimeText.iso(Date())) \(run.details.instance.id) waiting: \(DisplayWidth.printable(reason))\n")
                }
                try tellTasks(run.details, &books)
            }
        }
        return !gone.isEmpty || !seen.isEmpty
    }

    /// Why a run does not start, once it is two seconds old: one that starts by then needs no explanation.
    private func waitsFor(_ details: RunDetails) async throws -> String? {
        let run = details.instance
        guard run.status == .`init` || run.status == .parked, Date().timeIntervalSince(run.createdAt) > 2 else { return nil }
        return try await commander.whyWaiting(details)
    }

    private func details(_ id: String) async throws -> RunDetails? {
        do { return try await commander.show(id) } catch let error as CommandError where error.kind == .notFound { return nil }
    }

    /// A run that is not under way any more is over, blocked, or under way again since.
    private func tell(endOf id: String, _ books: inout DevBooks) async throws {
        guard let details = try await details(id), details.instance.status.isAtRest else { return }
        if !screen.terminal.isInteractive { try tellTasks(details, &books) }
        books.isOver(id)
        let failed = details.tasks.first { $0.status == .failed && !$0.reason.isEmpty }
        try screen.say(DevText.line(details.instance, failed: failed, screen.terminal.layout))
    }

    private func tellTasks(_ details: RunDetails, _ books: inout DevBooks) throws {
        let changed = books.changes[details.instance.id, default: TaskChanges()].take(details.tasks)
        try screen.say(changed.map { ProgressLine.text($0, now: Date()) }.joined())
    }
}

/// Which runs have been seen under way and are not known to be over.
struct DevBooks {
    private(set) var open: Set<String> = []
    var changes: [String: TaskChanges] = [:]
    private var reasons: [String: String] = [:]

    /// - Parameters:
    ///   - underWay: what the store has of them now.
    ///   - seen: runs that the node has had since the last look.
    /// - Returns: those that are not under way any more, in order of id.
    mutating func take(underWay: [DagInstance], seen: Set<String>) -> [String] {
        let now = Set(underWay.map(\.id))
        let gone = open.union(seen).subtracting(now)
        open = now
        return gone.sorted()
    }

    /// Whether a reason why a run waits has not been said yet.
    mutating func isNew(_ reason: String, of id: String) -> Bool { reasons.updateValue(reason, forKey: id) != reason }

    /// Nothing more will be said of a run.
    mutating func isOver(_ id: String) { (changes[id], reasons[id]) = (nil, nil) }
}
