extension Dag {
    /// A DAG written in Swift: the same value, with the same version, as its YAML would give.
    ///
    ///     let nightly = try Dag("nightly", vars: ["day": .init(defaultValue: "today")]) {
    ///         Dag.Task("load", "shell", params: ["command": "load --day {{day}}"])
    ///             .retry(limit: 3)
    ///         for region in ["north", "south"] {
    ///             Dag.Task("report-\(region)", "print", params: ["message": "{{tasks.load.output.stdout}}"])
    ///                 .after("load")
    ///                 .setting(\.timeoutSecs, 60)
    ///         }
    ///     }
    ///     .onExit {
    ///         Dag.Task("tell", "print", params: ["message": "ended as {{run.status}}"])
    ///     }
    ///     .validated()
    ///
    /// What has no method of its own is set by `setting`, here and on tasks. Nothing is checked before `validated`.
    public init(
        _ id: String, name: String = "", desc: String = "", vars: [String: Var] = [:], @DagBuilder tasks: () throws -> [Task]
    ) rethrows {
        self.init(id: id, name: name, desc: desc, vars: vars, tasks: try tasks())
    }

    /// The DAG with these tasks at the end of every run, after those that it has there.
    public func onExit(@DagBuilder _ tasks: () throws -> [Task]) rethrows -> Dag {
        let added = try tasks()
        return added.isEmpty ? self : setting(\.onExit, (onExit ?? []) + added)
    }

    /// The DAG with one property changed.
    public func setting<Property>(_ property: WritableKeyPath<Dag, Property>, _ value: Property) -> Dag {
        var changed = self
        changed[keyPath: property] = value
        return changed
    }
}

extension Dag.Task {
    /// A task by its id and its action.
    public init(_ id: String, _ action: String, params: [String: Value] = [:]) { self.init(id: id, actionName: action, params: params) }

    /// The task, waiting for these too.
    public func after(_ tasks: String...) -> Dag.Task {
        setting(\.dependOn, tasks.reduce(into: dependOn) { all, task in if !all.contains(task) { all.append(task) } })
    }

    /// The task, skipped unless these conditions hold too (`ConditionText` has their form).
    public func when(_ text: String) throws(ConditionTextError) -> Dag.Task {
        setting(\.when, (when ?? []) + (try ConditionText.parse(text)))
    }

    /// The task, with what is done about its failed attempts.
    public func retry(limit: Int, backoff: RetryPolicy.Backoff? = nil, on: [String]? = nil) -> Dag.Task {
        setting(\.retry, RetryPolicy(limit: limit, backoff: backoff, on: on))
    }

    /// The task, once for each item: a list, or a template that stands for one.
    public func forEach(_ items: Value, maxParallel: Int? = nil, onFailure: ForEach.OnFailure? = nil) -> Dag.Task {
        setting(\.forEach, ForEach(items: items, maxParallel: maxParallel, onFailure: onFailure))
    }

    /// The task with one property changed.
    public func setting<Property>(_ property: WritableKeyPath<Dag.Task, Property>, _ value: Property) -> Dag.Task {
        var changed = self
        changed[keyPath: property] = value
        return changed
    }
}
