import Console
import Engine
import Foundation
import Logging
import Synchronization
import Workflow

/// One run of one DAG file, from reading it to the end of the run.
struct FileTrial: Sendable {
    let program: String
    let file: String
    let vars: [String: String]
    let from: [String]
    let task: String?
    let place: StorePlace
    let json: Bool
    let screen: Screen
    let next: NextStep

    /// - Returns: what the process exits with.
    /// - Throws: why the run could not be started, or not be watched to its end.
    func run<Program: WorkerProgram>(_: Program.Type, flowDirectory: String?) async throws -> ExitStatus {
        let setup = try WorkerSetup.make(Program.self, flowDirectory: flowDirectory, logger: Logger(label: program))
        let dag = try read(setup.actions)
        let developer = try await DeveloperNode.open(
            Program.self, setup, place, NodeConfiguration(key: DeveloperNode.key("run"), gracePeriod: .seconds(10)))
        let started = StartedRun()
        let outcome: Result<ExitStatus, any Error>
        do {
            outcome = .success(
                try await Interruptions.telling { count in
                    await interrupted(count, started, developer)
                } while: {
                    try await developer.working { try await execute(dag, developer, started) }
                })
        } catch { outcome = .failure(error) }
        await developer.close()
        return try outcome.get()
    }

    /// Reads and checks the file. Warnings are said, and keep nothing from running.
    private func read(_ actions: ActionRegistry) throws -> Dag {
        guard FileManager.default.fileExists(atPath: file) else {
            throw Failure(.usage, "there is no file '\(file)'; check the path")
        }
        guard !DeveloperOptions.isFolder(file) else {
            throw Failure(.usage, "'\(file)' is a directory; name one file in it, or let \(program) dev --dags \(file) watch it")
        }
        let read = DagFile.read(file, known: KnownActions(builtIn: Set(actions.names)))
        let problems = read.problems.map(ProblemReport.init)
        guard let dag = read.dag else {
            throw Failure(.usage, "nothing is run: correct the errors below and run it again", problems: problems)
        }
        if !json { for problem in problems { screen.complain(problem.text + "\n") } }
        return dag
    }

    // MARK: The run

    private func execute(_ dag: Dag, _ developer: DeveloperNode, _ started: StartedRun) async throws -> ExitStatus {
        let run = try await start(dag, developer)
        if started.take(run) { await cancel(run, developer) }
        let news = News(developer.node.events())
        let progress = RunProgress(
            commander: developer.commander, terminal: screen.terminal, json: json, id: run.id, screen: screen, showsTrace: true,
            sleep: { try await news.wait(atMost: $0) })
        let end = try await news.listening { try await progress.watch() }
        if end != .success, !json { try explain(try await developer.commander.show(run.id)) }
        if started.isInterrupted { return .interrupted }
        return end == .success ? .success : .failed
    }

    private func start(_ dag: Dag, _ developer: DeveloperNode) async throws -> DagInstance {
        let version = try await apply(dag, developer.commander)
        guard task != nil || !from.isEmpty else { return try await developer.node.start(RunRequest(dagId: dag.id, vars: vars)) }
        let query = InstanceQuery(dagId: dag.id, statuses: [.success, .failed, .canceled], limit: 20)
        guard let last = try await developer.commander.list(query, withChildren: false).elements.first else {
            throw Failure(
                .notFound,
                "there is no earlier run of '\(dag.id)' in \(place.url) whose results could be used; run all of it once: \(next.command(from: []))"
            )
        }
        var reuse = Reuse(run: last.id, from: from, only: task, vars: vars, version: version)
        reuse.needsAll = true
        return try await developer.node.start(reuse)
    }

    /// Makes the file's DAG the current one of its id, as the file of its folder, so that `dev` may keep it current later.
    private func apply(_ dag: Dag, _ commander: Commander) async throws -> String {
        let path = URL(filePath: file).standardizedFileURL
        let version = try dag.contentVersion()
        let isNew: Bool
        do {
            _ = try await commander.dag(dag.id)
            isNew = false
        } catch let error as CommandError where error.kind == .notFound { isNew = true }
        let isWatched = isNew && ["yaml", "yml"].contains(path.pathExtension)
        let origin = DagOrigin(directory: path.deletingLastPathComponent().path, file: path.lastPathComponent)
        let outcomes = try await commander.apply([
            NewDefinition(dag: dag, version: version, source: path.lastPathComponent, origin: isWatched ? origin : nil)
        ])
        for outcome in outcomes { _ = try outcome.get() }
        return version
    }

    /// Why it did not succeed, in full, and what to do next.
    private func explain(_ details: RunDetails) throws {
        let failed = details.tasks.filter { $0.status == .failed && !$0.reason.isEmpty }.prefix(20)
        try screen.say(failed.map { DisplayWidth.printable("\($0.taskId): \($0.reason)") + "\n" }.joined())
        if details.instance.status == .blocked {
            return try screen.say("it waits for somebody's word: commander continue \(details.instance.id)\n")
        }
        guard place.keeps, let command = next.command(after: details) else { return }
        try screen.say("mend it, then go on from there: \(command)\n")
    }

    // MARK: Interruptions

    private func interrupted(_ count: Int, _ started: StartedRun, _ developer: DeveloperNode) async {
        guard count == 1 else { _exit(ExitStatus.interrupted.rawValue) }
        guard let run = started.interrupt() else { return }
        await cancel(run, developer)
    }

    private func cancel(_ run: DagInstance, _ developer: DeveloperNode) async {
        screen.complain("\(program): the run is canceled; Ctrl-C again ends the process at once\n")
        do {
            _ = try await developer.commander.cancel(run.id)
            // The node that has it is this one: no leader need pass it on.
            if let session = run.session { await developer.keeper.signal([.commanded(session: session, runs: [run.id])]) }
        } catch { screen.complain("\(program): the run cannot be canceled: \(Failure.ofProgram(error).message)\n") }
    }
}

/// The run of this process, once there is one, and whether somebody wants it to end.
final class StartedRun: Sendable {
    private let state = Mutex<(run: DagInstance?, isInterrupted: Bool)>((nil, false))

    var isInterrupted: Bool { state.withLock(\.isInterrupted) }

    /// - Returns: whether it is to end already.
    func take(_ run: DagInstance) -> Bool {
        state.withLock { state in
            state.run = run
            return state.isInterrupted
        }
    }

    /// - Returns: the run to be ended, if it has begun.
    func interrupt() -> DagInstance? {
        state.withLock { state in
            state.isInterrupted = true
            return state.run
        }
    }
}
