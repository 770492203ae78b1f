public import KisFlow

extension FlowRegistry {
    /// Registers functions of `type: exec`: programs that read rows as JSON lines and write rows as JSON lines.
    ///
    ///     kistype: func
    ///     fname: Score
    ///     fmode: Calculate
    ///     type: exec
    ///     command: [python3, score.py]
    ///
    /// The program starts with the first batch of a run and is kept for the batches after it; where batches run in parallel there is one for each of
    /// them. It ends with the run: its standard input is closed, and whatever is left of its process group five seconds later is ended. When the run is
    /// cancelled it gets SIGTERM, and SIGKILL two seconds later. What it writes to standard error is told to whoever observes the run.
    ///
    /// Parameters (in `default_params`, the flow's or the run's):
    /// - `protocol`: how the end of a batch is told, see ``ExecProtocol``. `rows` when left out.
    /// - `timeout`: how long a batch may take, such as `30s` or `5m`; `10m` when left out.
    /// - `env.NAME`: an environment variable. `KIS_FLOW`, `KIS_FUNCTION`, `KIS_RUN` and `KIS_PARAMS`, all other parameters as a JSON object, are always
    ///   there; so is `PYTHONUNBUFFERED`, without which Python would keep its answers to itself.
    /// - `max_record_bytes`: the longest line that it may write, `1048576` when left out.
    /// - `max_rows_out`: how many rows it may give for a batch, `1000000` when left out.
    ///
    /// - Parameter directory: the programs' working folder, where relative paths start; the process's own when left out.
    /// - Throws: `FlowError` of kind `duplicateName` when the type is taken.
    public mutating func registerExecFunctions(directory: String? = nil) throws {
        try function(type: "exec") { try ExecFunction($0, directory: directory) }
    }
}
