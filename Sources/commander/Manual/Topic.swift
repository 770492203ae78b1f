import Console
import Workflow

/// Something about commander that belongs to no command: `commander help TOPIC`, and a man page of section 7.
struct Topic: Sendable {
    let name: String
    /// One line, without a full stop.
    let abstract: String
    /// Paragraphs apart by empty lines; lines that begin with two spaces stay as they are.
    let text: String

    static let all = [urls, ids, statuses, exitCodes, json, dagFile, times, colours]

    static func named(_ name: String) -> Topic? { all.first { $0.name == name } }

    /// For the help of commander itself.
    static var table: String {
        let width = all.map(\.name.count).max() ?? 0
        return (["TOPICS (commander help TOPIC):"] + all.map { "  \($0.name.padded(to: width + 2))\($0.abstract)" }).joined(separator: "\n")
    }

    /// As `commander help` prints it.
    var help: String { "\(name.uppercased()): \(abstract)\n\n\(text)\n" }

    // MARK: The topics

    private static let urls = Topic(
        name: "urls", abstract: "which store commander talks to",
        text: """
            The store is named by --url, or by the environment variable SWIFTFLOW_URL where --url is not given, or else it is the file ./.swiftflow/flow.db if that is there: swiftflow dev and \
            swiftflow run make it.

              mongodb://user:password@host1:27017,host2:27017/name?replicaSet=rs0
              mongodb+srv://user:password@cluster.example.org/name
              sqlite:PATH                     a file that the processes of one host share
              sqlite:PATH?synchronous=normal  faster; a power cut may lose the last moments

            MongoDB must be a replica set. The name after the slash is the database; without it that is 'swiftflow'. Further options are those of MongoDB's connection strings: authSource, tls, \
            tlsCAFile, …

            A password in --url can be seen in the list of processes. Rather give SWIFTFLOW_URL. No message shows what stands between :// and @.
            """)

    private static let ids = Topic(
        name: "ids", abstract: "how DAGs, versions, runs, tasks and nodes are named",
        text: """
            A DAG has the id that its file says, or the file's name. A version of it is the hash of its content, 32 hexadecimal digits; where a version is asked for, its first characters do if they \
            name one alone (dag diff, dag rollback), elsewhere it is given in full.

            A run has the id that commander run --id gives it, 1 to 200 ASCII characters without blanks and slashes, or a made-up one that sorts by time. Submitting twice with one id starts one run; \
            with other variables the second is refused.

            A task has the id that the DAG says; load[3] is the fourth item of the fan-out 'load'. A node has the key that swiftflow node --key gives it, otherwise one of its host and process.

            commander completion makes a shell complete all of them.
            """)

    private static let statuses = Topic(
        name: "statuses", abstract: "what the words for the states of runs and tasks mean",
        text: """
            Runs:

            \(table(DagInstanceStatus.allCases.map { ($0.rawValue, $0.meaning) }))

            Tasks, with their signs in the graph of commander show (where there is only ASCII: the second):

            \(table(TaskInstanceStatus.allCases.map { ("\(Glyphs.unicode.symbol($0)) \(Glyphs.ascii.symbol($0))  \($0.rawValue)", $0.meaning) }))
            """)

    private static let exitCodes = Topic(
        name: "exit-codes", abstract: "what commander's exit code says to a script",
        text: """
            \(table(ExitStatus.allCases.map { ("\($0.rawValue)", $0.meaning) }))

            With --json an error is one line of JSON on standard error: {"error":{"code":4,"kind":"notFound","message":"…","problems":[]}}
            """)

    private static let json = Topic(
        name: "json", abstract: "what --json prints",
        text: """
            One document on standard output; with --watch and --follow one object a line. Errors are one line on standard error (commander help exit-codes). Members are added in later versions, never \
            renamed or removed; a member without a value is left out. Dates are ISO 8601 in UTC with milliseconds, lengths of time are seconds. Nothing is cut off or folded: all items of a fan-out, \
            all earlier attempts are there.

            commander export writes lines of JSON of its own kind, for commander import: one object with one member a line, whose name says what it is. The first is {"export": {"format": 1, …}}, the \
            last {"end": …}; between them, for each run, a version (unless it was written before), run, task, command, trace and endOfRun. Values are MongoDB Extended JSON, relaxed where nothing is lost: \
            {"$date": …} is a date, {"$numberLong": "5"} a small integer of 64 bits, {"$numberDouble": "2.0"} a double without a fraction; {"$document": {…}} is a document whose one key would be taken for \
            one of these.

              commander list --json | jq -r '.runs[] | select(.status == "failed") | .id'
              commander show 01jk2m --json | jq '.tasks[] | {taskId, status, startedAt, endedAt}'
              jq -c 'select(.trace) | .trace.lines[].message' run.jsonl
            """)

    private static let dagFile = Topic(
        name: "dag-file", abstract: "the keys of a DAG file",
        text: """
            A DAG file is YAML and holds one DAG. commander dag validate names every mistake with line and column. What must be given is marked with *.

            \(DagKeyText.lines.joined(separator: "\n"))
            """)

    private static let times = Topic(
        name: "times", abstract: "how times are given and shown",
        text: """
            A length of time is 90s, 5m, 1h30m, 2d, 250ms, or a number of seconds.

            A point in time (--since, --until) is how long ago it was (1h, 2d), a day (2026-01-31, in UTC) or a time (2026-01-31T08:00:00Z).

            On a terminal points in time are shown as '3 s ago' or 'in 5 min', by this machine's clock; elsewhere and with --json exactly, as 2026-01-31T08:00:00.000Z, always in UTC. Times of a run are \
            those of the nodes' clocks: where they are apart, something can seem to end before it began, which is shown as 0.

            What watches a run (run --watch, run --wait, trace --follow) looks again after 50 ms, then half as much longer each time up to half a second; news makes it 50 ms again (200 ms for traces, \
            since nodes write no more often). The end stays in the store, so it is never missed. A store that is away is borne for a minute.
            """)

    private static let colours = Topic(
        name: "colours", abstract: "when there are colours and signs beyond ASCII",
        text: """
            Colours are used on a terminal, unless --no-color is given, NO_COLOR is set and not empty, or TERM is 'dumb'. No state is told by colour alone: a word or a sign says it too.

            On a terminal tables are cut to its width, views are redrawn in place, and what task programs printed cannot steer the terminal. On a pipe and with TERM=dumb there is none of that: nothing is \
            cut, times are exact.

            Graphs, charts and bars are drawn with lines and signs of Unicode where the locale is one of UTF-8 (LC_ALL, LC_CTYPE or LANG, the first that is set) and TERM is not 'dumb'; otherwise with ASCII.
            """)

    private static func table(_ rows: [(name: String, meaning: String)]) -> String {
        let width = rows.map { DisplayWidth.of($0.name) }.max() ?? 0
        return rows.map { "  \($0.name.padded(to: width + 2))\($0.meaning)" }.joined(separator: "\n")
    }
}

extension DagInstanceStatus {
    /// One line for the help.
    var meaning: String {
        switch self {
        case .`init`: "submitted, or handed back by a node; nobody has it"
        case .scheduled: "given to a node that has not said yet that it took it"
        case .running: "a node has it"
        case .blocked: "nothing more can run until somebody continues or rejects a blocked task; nobody has it"
        case .parked: "waits for a time, for another run, or for resume; nobody has it"
        case .success: "all tasks succeeded or were skipped"
        case .failed: "a task failed, or the run took too long"
        case .canceled: "somebody canceled it, or it waited too long for its start"
        }
    }
}

extension TaskInstanceStatus {
    /// One line for the help.
    var meaning: String {
        switch self {
        case .`init`: "waits for the tasks that it depends on"
        case .queued: "waits for a place on its node"
        case .running: "is at work"
        case .ending: "is at work on what follows its main part"
        case .retrying: "an attempt failed, the next waits for its time"
        case .parked: "waits for a time or for another run, without a place on any node"
        case .success: "succeeded"
        case .failed: "failed, and is not tried again"
        case .canceled: "was canceled"
        case .skipped: "was not needed"
        case .blocked: "waits for continue or reject"
        case .`continue`: "was blocked and has been continued"
        }
    }
}
