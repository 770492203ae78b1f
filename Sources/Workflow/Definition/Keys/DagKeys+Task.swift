extension DagKeys {
    private static let timeout = DagKeyType.seconds(1...DagLimits.longestTimeoutSecs)

    static let task = DagKeyGroup(
        name: .task, what: "a task", introduction: "One step: an action, its parameters, and when it runs.",
        keys: [
            DagKey(
                "id", .text, default: "",
                "A name that no other task of the DAG has, at most 200 characters, without `/`, and without a number in brackets at its end.",
                example: "id: load"),
            DagKey("name", .text, default: "empty", "A title for people.", example: "name: Load the day"),
            DagKey("actionName", .text, default: "`action`", "The action that carries the task out.", example: "actionName: shell"),
            DagKey(
                "action", .text, default: "`actionName`", "The same as `actionName`, in short. One of the two must be given.",
                example: "action: print"),
            DagKey(
                "dependOn", .texts, default: "none", "Tasks that must be over before this one starts; see `trigger`.",
                example: "dependOn: [first]"),
            DagKey(
                "timeoutSecs", timeout, default: "no limit", "The longest time of one attempt; then it fails, and may be retried.",
                example: "timeoutSecs: 90s"),
            DagKey(
                "onWorkerLost", .oneOf(Dag.WorkerLoss.self), default: "`rerun`",
                "What becomes of the task when its worker is lost while it runs: `rerun` is at least once, `fail` at most once.",
                example: "onWorkerLost: fail"),
            DagKey(
                "params", .members, default: "none", "The parameters of the action. Texts in them may hold [templates](#templates).",
                example: "params: {message: hello}"),
            DagKey(
                "preCheck", .map(.preCheck), default: "none",
                "Checks before the task starts, by name; the first, in written order, that holds skips or blocks it.",
                example: "preCheck: {weekend: {act: skip, conditions: [{source: share-data, key: day, op: in, values: [sat, sun]}]}}"),
            DagKey(
                "when", .when, default: "always",
                "Conditions that must all hold, or the task is skipped: a text (see [Conditions in words](#conditions-in-words)), or a list of "
                    + "texts and conditions.",
                example: "when: run.trigger == manually"),
            DagKey(
                "trigger", .oneOf(TriggerRule.self), default: "all parents succeeded or skipped",
                "When the task may start, by what became of those it depends on; workflow-semantics.md has the table.",
                example: "trigger: all_done"),
            DagKey("retry", .object(.retry), default: "the DAG's", "What to do about failed attempts.", example: "retry: {limit: 2}"),
            DagKey(
                "totalTimeoutSecs", timeout, default: "no limit",
                "The longest time from the start of the first attempt to the end of the last.",
                example: "totalTimeoutSecs: 1h"),
            DagKey(
                "startTimeoutSecs", timeout, default: "no limit",
                "The longest time that the task, once it may start, may wait for a place, a pool or a node; then it fails.",
                example: "startTimeoutSecs: 10m"),
            DagKey(
                "maxLostAttempts", .integer(DagLimits.lostAttempts), default: "5",
                "How many attempts may be lost with their workers; one more, and the task has failed.", example: "maxLostAttempts: 1"),
            DagKey(
                "forEach", .itemsOr(.forEach), default: "the task runs once",
                "Runs the task once for each item of a list; an object, or the list (or the template of one) alone.",
                example: "forEach: [north, south]"),
            DagKey(
                "worker", .labels, default: "the node of the run", "Labels that the node must have which runs the task, besides the DAG's.",
                example: "worker: {gpu: \"true\"}"),
            DagKey(
                "spread", .bool, default: "`false`", "Whether the task goes to the least loaded node instead of staying with its run.",
                example: "spread: true"),
            DagKey("pool", .text, default: "none", "The pool of which an attempt needs a slot.", example: "pool: db-migrations"),
        ])

    static let retry = DagKeyGroup(
        name: .retry, what: "a retry", introduction: "Losses of workers are counted apart, by `maxLostAttempts`.",
        keys: [
            DagKey("limit", .integer(DagLimits.retries), default: "", "How many retries follow failed attempts.", example: "limit: 3"),
            DagKey(
                "backoff", .object(.backoff), default: "each key's default", "How long to wait before a retry.",
                example: "backoff: {initial: 5s}"),
            DagKey(
                "on", .texts, default: "all failures", "What is retried: `error`, `timeout`, or a part of the reason.",
                example: "on: [timeout, connection refused]"),
        ])

    static let backoff = DagKeyGroup(
        name: .backoff, what: "a backoff",
        introduction: "The wait before the n-th retry is `min(max, initial * factor^(n - 1))`, less a random part of up to `jitter`.",
        keys: [
            DagKey(
                "initial", .time(0...Double(DagLimits.longestTimeoutSecs)), default: "`1s`", "The wait before the first retry.",
                example: "initial: 500ms"),
            DagKey(
                "factor", .number(1...100), default: "2", "By how much each wait is longer than the one before.", example: "factor: 1.5"),
            DagKey(
                "max", .time(0...Double(DagLimits.longestTimeoutSecs)), default: "`5m`, or `initial` where that is longer",
                "The longest wait before any retry.", example: "max: 1h"),
            DagKey("jitter", .number(0...1), default: "0.1", "The part of the wait that is random, from 0 to 1.", example: "jitter: 0.5"),
        ])

    static let preCheck = DagKeyGroup(
        name: .preCheck, what: "a preCheck", introduction: "A named check of a task.",
        keys: [
            DagKey(
                "act", .oneOf(PreCheck.Act.self), default: "", "What happens to the task when all conditions hold.", example: "act: block"),
            DagKey(
                "conditions", .list(.condition), default: "none: the check always holds", "Conditions that must all hold.",
                example: "conditions: [{source: run, key: trigger, op: eq, values: cron}]"),
        ])

    static let condition = DagKeyGroup(
        name: .condition, what: "a condition",
        introduction: "A value that is not there never holds, whatever the operator, but for `exists` with `values: [\"false\"]`.",
        keys: [
            DagKey(
                "source", .oneOf(PreCheck.Condition.Source.self), default: "", "Where the value comes from.", example: "source: share-data"),
            DagKey(
                "key", .text, default: "",
                "Which value: the name of a variable or of share data; a task and the way into its output, such as `extract.rows[0].name`; or of "
                    + "the run `id`, `dagId`, `trigger`, and in `onExit` tasks `status` and `reason`.",
                example: "key: day"),
            DagKey(
                "op", .oneOf(PreCheck.Condition.Op.self), default: "",
                "How it is compared. `in` and `not-in` take a list of texts; the others one value, compared as numbers where both sides are "
                    + "numbers, else as texts; `matches` a regular expression for the whole text; `exists` none.",
                example: "op: in"),
            DagKey("values", .texts, default: "none", "What it is compared with.", example: "values: [sat, sun]"),
        ])

    static let forEach = DagKeyGroup(
        name: .forEach, what: "a forEach",
        introduction:
            "The task `load` becomes `load[0]`, `load[1]`, …, with `{{item}}` and `{{index}}` in their parameters. Its output is the list of theirs.",
        keys: [
            DagKey(
                "items", .items, default: "",
                "The list, or a template that stands for one: a variable of type `list`, an output, or a part of it.",
                example: "items: [a, b]"),
            DagKey(
                "maxParallel", .integer(DagLimits.parallelItems), default: "no limit", "How many items may be under way at once.",
                example: "maxParallel: 4"),
            DagKey(
                "onFailure", .oneOf(ForEach.OnFailure.self), default: "`failFast`",
                "When an item has failed: `failFast` starts nothing more and cancels what runs, `finishAll` lets the others run first.",
                example: "onFailure: finishAll"),
        ])
}
