/// All keys of a definition.
enum DagKeys {
    static let groups = [dag, variable, task, retry, backoff, preCheck, condition, forEach]

    /// fastflow's records carry them; a definition has no use for them.
    static let ignored = ["createdAt", "updatedAt"]

    private static let timeout = DagKeyType.seconds(1...DagLimits.longestTimeoutSecs)

    static let dag = DagKeyGroup(
        name: .dag, what: "a DAG", introduction: "A file holds one DAG.",
        keys: [
            DagKey(
                "id", .text, default: "the file's name without its extension",
                "The name under which runs refer to the DAG, at most 200 characters, without `/`.", example: "id: nightly"),
            DagKey("name", .text, default: "empty", "A title for people.", example: "name: Nightly report"),
            DagKey("desc", .text, default: "empty", "What the DAG is for.", example: "desc: Loads the day and reports on it"),
            DagKey(
                "cron", .text, default: "none", "A cron expression. It is kept; nothing starts runs by it.", example: "cron: '0 3 * * *'"),
            DagKey(
                "vars", .map(.variable), default: "none", "The variables that a run may set, by name (letters, digits, `_` and `-`).",
                example: "vars: {day: {defaultValue: today}}"),
            DagKey("status", .oneOf(Dag.Status.self), default: "`normal`", "`stopped` takes no new runs.", example: "status: stopped"),
            DagKey(
                "tasks", .list(.task), default: "", "The tasks; at least one.",
                example: "tasks: [{id: a, action: print, params: {message: hello}}]"
            ),
            DagKey(
                "onExit", .list(.task), default: "none",
                "Tasks that run at the end of every run, however it ended: clean-up, notification. They may depend on each other only, and may use "
                    + "`{{run.status}}`, `{{run.reason}}` and the outputs of all tasks.",
                example: "onExit: [{id: tell, action: print, params: {message: 'ended as {{run.status}}'}}]"),
            DagKey(
                "retry", .object(.retry), default: "no retries", "What tasks do about failed attempts that say nothing themselves.",
                example: "retry: {limit: 3}"),
            DagKey(
                "timeoutSecs", timeout, default: "no limit",
                "The longest time from the first start of a run to its end. Then what runs is canceled, and the run has failed.",
                example: "timeoutSecs: 2h"),
            DagKey(
                "startTimeoutSecs", timeout, default: "no limit", "The longest time that a run may wait for its first start.",
                example: "startTimeoutSecs: 600"),
            DagKey(
                "worker", .labels, default: "any node", "Labels that a node must have to own a run.", example: "worker: {zone: eu}"),
            DagKey(
                "priority", .integer(DagLimits.priorities), default: "0", "Runs of higher priority are given out first.",
                example: "priority: 10"),
            DagKey(
                "maxConcurrentRuns", .integer(DagLimits.concurrentRuns), default: "no limit", "How many runs may be under way at once.",
                example: "maxConcurrentRuns: 1"),
            DagKey(
                "overlap", .oneOf(Dag.Overlap.self), default: "`wait` with `maxConcurrentRuns`, else `allow`",
                "What becomes of a run for which `maxConcurrentRuns` leaves no room: `allow` starts it all the same, `wait` lets it wait, `skip` "
                    + "ends it as canceled, `cancelOther` cancels the others.",
                example: "overlap: skip"),
            DagKey(
                "maxWaitingRuns", .integer(DagLimits.waitingRuns), default: "no limit",
                "How many runs may wait for their start; a submission beyond is refused.", example: "maxWaitingRuns: 100"),
        ] + ignored.map { DagKey($0, .any, default: "none", "Ignored, with a warning: fastflow's records have it.", example: "\($0): 0") })

    static let variable = DagKeyGroup(
        name: .variable, what: "a variable",
        introduction:
            "All mistakes in the variables of a run are reported together when it is submitted. A variable without `type` takes any text, as in fastflow.",
        keys: [
            DagKey("desc", .text, default: "empty", "What the variable means.", example: "desc: the day to load"),
            DagKey(
                "defaultValue", .any, default: "none: each run must give it",
                "Its value where a run gives none; a text, or a list for the type `list`. Templates in it are not rendered.",
                example: "defaultValue: today"),
            DagKey(
                "type", .oneOf(Dag.VarType.self), default: "any text",
                "What its text must be. `list` is a JSON list, and a template that is the variable alone becomes that list; `duration` is a time "
                    + "such as `1h30m` or a number of seconds; `enum` is one of `values`.",
                example: "type: string"),
            DagKey(
                "required", .bool, default: "`true` exactly where there is no `defaultValue`",
                "Whether each run must give it. `false` without a default lets a run leave it out.", example: "required: false"),
            DagKey(
                "pattern", .text, default: "none", "A regular expression that the whole text must match.",
                example: "pattern: '[a-z]+'"),
            DagKey("values", .texts, default: "none", "What an `enum` may be.", example: "values: [fast, thorough]"),
        ])
}
