/// The parameters of the actions that every node has: what `dag validate` checks them against.
public struct BuiltInParameters: Sendable {
    public var action: String
    public var parameters: [Parameter]
    /// Parameters of which a task gives exactly one; an empty list demands none.
    public var oneOf: [String]
    /// Whether any other parameter is taken too.
    public var isOpen: Bool

    public struct Parameter: Sendable {
        public var name: String
        public var kind: Kind
        public var meaning: String
    }

    /// What a value without templates must be. Numbers and booleans are texts too, and texts that read as numbers are numbers, as when an action reads them.
    public enum Kind: Sendable, Hashable {
        case text
        case integer(ClosedRange<Int>)
        /// Seconds, with a fraction perhaps.
        case seconds
        /// A time such as `90s`, or a number of seconds.
        case time
        /// A date and time by ISO 8601.
        case date
        case texts
        case integers
        /// An object of texts.
        case object
        /// An object of any values.
        case members
        case list
        case choice([String])
        case any
    }

    /// The table of an action, under any of its names.
    public static func of(_ action: String) -> BuiltInParameters? { table[action] }

    /// The actions of the table, aliases too.
    public static var actions: Set<String> { Set(table.keys) }

    /// In the order of the reference.
    public static let all: [BuiltInParameters] = [print, shell, wait, http, kisflow, dag, approve]

    private static let table: [String: BuiltInParameters] = {
        var table = Dictionary(uniqueKeysWithValues: all.map { ($0.action, $0) })
        table["ff-waiting"] = wait
        return table
    }()

    private init(_ action: String, oneOf: [String] = [], isOpen: Bool = false, _ parameters: [(String, Kind, String)]) {
        self.action = action
        self.oneOf = oneOf
        self.isOpen = isOpen
        self.parameters = parameters.map { Parameter(name: $0.0, kind: $0.1, meaning: $0.2) }
    }

    private static let print = BuiltInParameters(
        "print", isOpen: true, [("message", .any, "What is written first; every other parameter follows as `name: value`.")])

    private static let shell = BuiltInParameters(
        "shell", oneOf: ["command", "script"],
        [
            ("command", .texts, "A text for `/bin/sh -c`, or a list: a program and its arguments, started without a shell."),
            ("script", .text, "Several lines for `shell`."),
            ("shell", .text, "Runs `script`; `/bin/sh` where not given."),
            ("env", .object, "Added to the environment of the node."),
            ("cwd", .text, "The folder to run in."),
            ("stdin", .text, "What the process reads."),
            ("successCodes", .integers, "Exit codes that count as success; `[0]` where not given."),
            ("killAfter", .time, "How long processes may take to end after SIGTERM; `5s` where not given."),
        ])

    private static let wait = BuiltInParameters(
        "wait", oneOf: ["duration", "waitingTime", "seconds", "until"],
        [
            ("duration", .time, "How long to wait."), ("waitingTime", .time, "The same, under fastflow's name."),
            ("seconds", .seconds, "The same, in seconds."),
            ("until", .date, "The time to wait for, by ISO 8601."),
        ])

    private static let http = BuiltInParameters(
        "http", oneOf: ["url"],
        [
            ("method", .choice(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]), "`GET` where not given."),
            ("url", .text, "The address, with `http://` or `https://`."), ("headers", .object, "Header fields."),
            ("body", .text, "What is sent."), ("json", .any, "What is sent, as JSON; instead of `body`."),
            ("expectStatus", .integers, "Status codes that count as success; 200 to 299 where not given."),
            ("timeoutSecs", .integer(1...DagLimits.longestTimeoutSecs), "The longest time of the request."),
            ("output", .choice(["body", "json"]), "Whether the output is the body as a text, or what it holds as JSON."),
        ])

    private static let kisflow = BuiltInParameters(
        "kisflow", oneOf: ["flow"],
        [
            ("flow", .text, "Which flow."), ("params", .object, "For all of its functions; they win over the flow's configuration."),
            ("rows", .list, "What the first function gets; the flow's source is not read then."),
            ("source", .text, "The connector whose rows are streamed through the flow; the flow's own `source` where not given."),
            ("batchRows", .integer(1...1_000_000), "How many rows a batch of the stream has at most; as the flow says where not given."),
            ("parallelism", .integer(1...256), "How many batches are under way at once; as the flow says where not given."),
            (
                "checkpoint", .choice(["true", "false"]),
                "Whether another attempt goes on from where this one came to; `true` where not given."
            ),
            ("checkpointSeconds", .seconds, "The least time between two positions that are kept; 0.5 where not given."),
        ])

    private static let dag = BuiltInParameters(
        "dag", oneOf: ["dag"],
        [
            ("dag", .text, "The DAG to run."), ("vars", .members, "Its variables; lists and objects become JSON."),
            ("version", .text, "The version to run; the current one where not given."),
        ])

    private static let approve = BuiltInParameters(
        "approve",
        [
            ("message", .text, "What is to be decided."), ("timeout", .time, "How long to wait for a decision; no limit where not given."),
            ("onTimeout", .choice(["reject", "continue"]), "What happens then; `reject` where not given."),
        ])
}
