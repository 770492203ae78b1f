import ArgumentParser
import Console
import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What all commands to runs have: which runs, why, and how long to wait.
struct TellOptions: ParsableArguments {
    @Argument(help: "The run's id; or choose runs by --dag, --status, --since, --until and --tag.", completion: StoreCompletion.runs)
    var id: String?

    @Option(help: "Why, for those who look later; at most 500 characters are kept.")
    var reason = ""

    @Flag(help: "Wait until it is done or refused.")
    var wait = false

    @Option(
        help: ArgumentHelp("How long to wait (default 30s). What is not done then may be done later.", valueName: "time"),
        transform: TimeSpan.duration)
    var timeout: Duration?

    @OptionGroup(title: "Many runs")
    var filter: FilterOptions

    /// How long to wait; `nil` not to.
    var patience: Duration? { wait || timeout != nil ? timeout ?? .seconds(30) : nil }

    func validate() throws {
        if id != nil, filter.isGiven {
            throw ValidationError("give either a run or a choice of runs (--dag, --status, --since, --until, --tag), not both")
        }
        if id == nil, !filter.isGiven {
            throw ValidationError("name a run, or choose runs by --dag, --status, --since, --until or --tag")
        }
        if id != nil, filter.isTuned { throw ValidationError("--yes, --dry-run, --all and --limit are for a choice of runs, not for one") }
    }

    var author: Author { .thisProcess(reason: reason) }
}

/// Which runs a command is for.
struct FilterOptions: ParsableArguments {
    @Option(help: "Only runs of this DAG.", completion: StoreCompletion.dags)
    var dag: String?

    @Option(help: "Only runs in this status; may be given more than once.")
    var status: [DagInstanceStatus] = []

    @Option(help: ArgumentHelp("Submitted since: 1h, 2d, 2026-01-31.", valueName: "time"), transform: Moment.parse)
    var since: Moment?

    @Option(help: ArgumentHelp("Submitted before: 1h, 2d, 2026-01-31.", valueName: "time"), transform: Moment.parse)
    var until: Moment?

    @Option(name: .customLong("tag"), help: ArgumentHelp("With this tag.", valueName: "key=value"), transform: KeyValue.parse)
    var tags: [KeyValue] = []

    @Option(help: "How many runs at most, the newest first (default 1000, up to 100000).")
    var limit: Int?

    @Flag(help: "Runs that tasks of other runs have started too.")
    var all = false

    @Flag(name: .customLong("dry-run"), help: "Only list the runs that are meant.")
    var dryRun = false

    @Flag(help: "Do not ask; needed where there is no terminal to ask on.")
    var yes = false

    var isGiven: Bool { dag != nil || !status.isEmpty || since != nil || until != nil || !tags.isEmpty }

    /// Whether there is something that makes sense only for many runs.
    var isTuned: Bool { limit != nil || all || dryRun || yes }

    func validate() throws {
        if let limit, !(1...100_000).contains(limit) { throw ValidationError("--limit must be from 1 to 100000") }
        _ = try KeyValue.dictionary(tags, option: "--tag")
    }

    /// - Parameter statuses: which runs are meant where none are named.
    func selection(statuses: Set<DagInstanceStatus>, now: Date) throws -> RunSelection {
        RunSelection(
            dagId: dag, statuses: status.isEmpty ? statuses : Set(status), since: since?.date(now: now), until: until?.date(now: now),
            tags: try KeyValue.dictionary(tags, option: "--tag"), includesChildren: all, limit: limit ?? 1_000)
    }
}

/// The tasks that are meant, where not the whole run is.
struct TaskOptions: ParsableArguments {
    @Option(
        name: .customLong("task"),
        help: "Only this task (load[3] is one item of a fan-out); may be given more than once. Without it the whole run.",
        completion: StoreCompletion.tasks)
    var tasks: [String] = []
}

/// Seeing what comes of it.
struct WatchOption: ParsableArguments {
    @Flag(help: "When it is done, show the run's progress until its end.")
    var watch = false
}
