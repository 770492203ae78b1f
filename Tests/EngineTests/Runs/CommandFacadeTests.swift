import Engine
import TestSupport
import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Commander: what runs are told")
struct CommandFacadeTests {
    private let backend = MemoryBackend()
    private var commander: Commander { Commander(store: backend.store, keeper: backend.keeper) }
    private let ada = Author(by: "ada@desk", reason: "disk was full", at: Date(timeIntervalSince1970: 1_000))

    private func insert(
        _ id: String, _ status: DagInstanceStatus = .running, created: Double = 1, _ change: (inout DagInstance) -> Void = { _ in }
    )
        async throws
    {
        let dag = Dag.chain("d", ("a", "step"), ("b", "step"))
        _ = try await commander.apply(dag, source: "test")
        var run = DagInstance(
            id: id, dagId: "d", dagVersion: try dag.contentVersion(), status: status, createdAt: Date(timeIntervalSince1970: created))
        change(&run)
        _ = try await backend.store.submit(run)
    }

    /// Says what became of every command, as soon as it is there.
    private func settle(_ status: CommandRecord.Status, _ result: String) async throws {
        try await backend.wait(for: "a command") { !$0.commands.isEmpty }
        for var record in backend.state.value.commands.values {
            (record.status, record.result) = (status, result)
            try await backend.store.settle([record])
        }
    }

    @Test("a command is kept with who, what and why, and the call returns at once")
    func asynchronous() async throws {
        try await insert("r")
        let record = try await commander.retry("r", tasks: ["a"], author: ada)
        #expect(record.status == .pending)
        #expect(record.command.run == "r" && record.command.kind == .retry && record.command.tasks == ["a"] && record.command.author == ada)
        #expect(try await commander.commands(of: "r") == [record])
        #expect(try await commander.command(record.command.id) == record)
        let kinds: [Workflow.Command.Kind] = [.retry, .rerun, .cancel, .continue, .reject, .pause, .resume]
        _ = try await commander.rerun("r", from: ["b"])
        _ = try await commander.cancel("r")
        _ = try await commander.continue("r")
        _ = try await commander.reject("r")
        _ = try await commander.pause("r")
        _ = try await commander.resume("r")
        #expect(Set(backend.state.value.commands.values.map(\.command.kind)) == Set(kinds))
        #expect(Set(backend.state.value.commands.keys).count == 7)
    }

    @Test("why tells of a task that a check blocks before its first attempt")
    func whyBlocked() async throws {
        try await insert("r", .blocked) { $0.runEpoch = 1 }
        let blocked = TaskInstance(
            dagInsId: "r", dagId: "d", taskId: "a", actionName: "step", status: .blocked, reason: "preCheck 'holiday' holds", attempt: 0,
            version: RecordVersion(epoch: 1, counter: 1), worker: "w")
        _ = try await backend.store.record(RecordBatch(tasks: [TaskRecord(task: blocked, isFirst: true)]))
        let why = try await commander.why("r")
        #expect(why.run == [.blocked(tasks: ["a"])])
        #expect(why.tasks.first?.reasons == [.preCheckBlock("holiday")])
    }

    @Test("waiting ends when the command is done or refused")
    func waiting() async throws {
        try await insert("r")
        async let record = commander.retry("r", wait: .seconds(20))
        try await settle(.refused, "no task has failed")
        #expect(try await record.status == .refused)
        #expect(try await record.result == "no task has failed")
    }

    @Test("at the end of its time a wait says how far the command has come, and the command stays")
    func bound() async throws {
        try await insert("r")
        let record = try await commander.cancel("r", wait: .milliseconds(20))
        #expect(record.status == .pending)
        #expect(try await commander.command(record.command.id).status == .pending)
        await expect(.timedOut) { try await commander.retryDagIns("r", wait: .milliseconds(1)) }
    }

    @Test("a command that is sent again is one command, and finds what became of it")
    func again() async throws {
        try await insert("r")
        let command = Command(id: "c", run: "r", kind: .cancel, author: ada)
        _ = try await commander.send(command)
        try await settle(.done, "the run is canceled")
        #expect(try await commander.send(command, wait: .seconds(20)).status == .done)
        #expect(backend.state.value.commands.count == 1)
    }

    @Test("unknown runs, tasks and commands, and what makes no sense, are refused before anything is kept")
    func mistakes() async throws {
        try await insert("r")
        await expect(.notFound) { try await commander.retry("nothing") }
        await expect(.notFound) { try await commander.retry("r", tasks: ["a", "x"]) }
        await expect(.notFound) { try await commander.retry("r", tasks: ["a[0]"]) }
        await expect(.notFound) { try await commander.command("nothing") }
        await expect(.notFound) { try await commander.commands(of: "nothing") }
        await expect(.invalid) { try await commander.rerun("r", from: []) }
        await expect(.invalid) { try await commander.send(.pause, to: "r", tasks: ["a"]) }
        await expect(.invalid) { try await commander.retryTask(["a"]) }
        await expect(.invalid) { try await commander.retryTask(["r/a", "q/a"]) }
        await expect(.invalid) { try await commander.retryTask([]) }
        #expect(backend.state.value.commands.isEmpty)
    }

    private func expect(_ kind: CommandError.Kind, _ body: () async throws -> Any) async {
        let error = await #expect(throws: CommandError.self) { _ = try await body() }
        #expect(error?.kind == kind, "\(String(describing: error))")
    }

    @Test("fastflow's names do the same, and throw what was refused")
    func fastflow() async throws {
        try await insert("r")
        try await commander.retryTask(["r/a", "r/b"])
        try await commander.cancelTask(["r/a"])
        try await commander.continueTask(["r/a"])
        try await commander.continueDagIns("r")
        let commands = backend.state.value.commands.values.map(\.command)
        #expect(Set(commands.map(\.kind)) == [.retry, .cancel, .continue])
        #expect(commands.first { $0.kind == .retry }?.tasks == ["a", "b"])
        #expect(try await commander.runDag("d").dagId == "d")
        async let refused: Void = expect(.refused) { try await commander.retryDagIns("r", wait: .seconds(20)) }
        try await backend.wait(for: "five commands") { $0.commands.count == 5 }
        try await settle(.refused, "no")
        await refused
    }

    // MARK: Many

    @Test("runs are chosen by DAG, status, time and tags, the newest first, and no more than the limit")
    func select() async throws {
        for index in 0..<10 {
            try await insert("r\(index)", index < 8 ? .failed : .success, created: Double(index)) {
                $0.tags = ["even": "\(index % 2 == 0)"]
            }
        }
        try await insert("child", .failed, created: 7) { $0.trigger = .parent }
        func ids(_ selection: RunSelection) async throws -> [String] { try await commander.select(selection).runs.map(\.id) }
        #expect(try await ids(RunSelection(dagId: "d", statuses: [.failed], tags: ["even": "true"])) == ["r6", "r4", "r2", "r0"])
        let times = RunSelection(since: Date(timeIntervalSince1970: 3), until: Date(timeIntervalSince1970: 6))
        #expect(try await ids(times) == ["r5", "r4", "r3"])
        #expect(try await ids(RunSelection(dagId: "other")).isEmpty)
        #expect(try await ids(RunSelection(statuses: [.failed], includesChildren: true)).contains("child"))
        let some = try await commander.select(RunSelection(statuses: [.failed], limit: 3))
        #expect(some.runs.map(\.id) == ["r7", "r6", "r5"] && some.hasMore)
    }

    @Test("many runs are told the same, each with a command and a result of its own")
    func many() async throws {
        for index in 0..<40 { try await insert("r\(index)", .failed) }
        let results = try await commander.send(.retry, to: (0..<40).map { "r\($0)" }, author: ada)
        #expect(results.map(\.run) == (0..<40).map { "r\($0)" })
        #expect(results.allSatisfy { $0.record?.status == .pending })
        #expect(Set(results.compactMap(\.record?.command.id)).count == 40)
    }

    @Test("lists leave out runs that tasks have started, unless they are asked for")
    func list() async throws {
        for index in 0..<6 { try await insert("r\(index)", created: Double(index)) { if index % 2 == 1 { $0.trigger = .parent } } }
        #expect(try await commander.list(InstanceQuery(limit: 2), withChildren: false).elements.map(\.id) == ["r4", "r2"])
        #expect(try await commander.list(InstanceQuery(limit: 10), withChildren: true).elements.count == 6)
    }

    // MARK: Submission

    @Test("a run has its DAG's priority and start limit, or the priority that it is given")
    func priority() async throws {
        var dag = Dag(id: "p")
        (dag.priority, dag.startTimeoutSecs) = (3, 60)
        _ = try await commander.apply(dag, source: "test")
        let run = try await commander.run(dagId: "p")
        #expect(run.priority == 3 && run.wakeAt == run.createdAt + 60)
        #expect(try await commander.run(dagId: "p", priority: -1).priority == -1)
    }

    @Test("a run can be of an earlier version, with that version's variables")
    func version() async throws {
        _ = try await commander.apply(Dag(id: "v", vars: ["old": .init(defaultValue: "1")]), source: "test")
        let first = try await commander.dag("v").version
        _ = try await commander.apply(Dag(id: "v", vars: ["new": .init(defaultValue: "2")]), source: "test")
        let run = try await commander.run(dagId: "v", version: first)
        #expect(run.dagVersion == first && run.vars == ["old": "1"])
        await expect(.notFound) { try await commander.run(dagId: "v", version: "nothing") }
        let many = try await commander.run([
            RunRequest(dagId: "v", version: first), RunRequest(dagId: "v"), RunRequest(dagId: "v", version: "x"),
        ])
        #expect(try many[0].get().dagVersion == first)
        #expect(try many[1].get().vars == ["new": "2"])
        #expect(throws: CommandError.self) { try many[2].get() }
    }

    @Test("what is beyond the runs that may wait is refused with the limit, of the DAG and in all, and one submitter never exceeds it")
    func admission() async throws {
        var dag = Dag(id: "w")
        dag.maxWaitingRuns = 5
        _ = try await commander.apply(dag, source: "test")
        _ = try await commander.apply(Dag(id: "free"), source: "test")
        let commander = Commander(store: backend.store, keeper: backend.keeper, maxWaitingRuns: 8)
        for _ in 0..<5 { _ = try await commander.run(dagId: "w") }
        let error = await #expect(throws: CommandError.self) { try await commander.run(dagId: "w") }
        #expect(error?.kind == .refused)
        #expect(error?.description.contains("5 runs of the DAG 'w' wait") == true)
        let many = try await commander.run((0..<6).map { _ in RunRequest(dagId: "free") })
        #expect(many.map(isStarted) == [true, true, true, false, false, false])
        await expect(.refused) { try await commander.run(dagId: "free") }
        backend.state.change { state in
            for id in state.instances.keys where state.instances[id]?.dagId == "w" { state.instances[id]?.status = .running }
        }
        _ = try await commander.run(dagId: "w")
    }

    private func isStarted(_ result: Result<DagInstance, CommandError>) -> Bool {
        if case .success = result { true } else { false }
    }

    // MARK: Reuse

    @Test("a new run uses a finished one again, with its version and its variables but for those that are given")
    func reuse() async throws {
        let vars = ["month": Dag.Var(defaultValue: "1"), "day": Dag.Var(defaultValue: "1")]
        let dag = Dag(id: "u", vars: vars, tasks: [.init(id: "a", actionName: "step")])
        let first = try await submitted(dag, vars: ["day": "7"])
        await expect(.refused) { try await commander.reuse("old", from: ["a"]) }
        backend.state.change { $0.instances["old"]?.status = .failed }
        let run = try await commander.reuse("old", from: ["a"], vars: ["month": "2"])
        #expect(run.vars == ["month": "2", "day": "7"] && run.dagVersion == first && run.status == .`init`)
        #expect(run.origin == RunOrigin(kind: .reuse, run: "old", from: ["a"]))
        await expect(.notFound) { try await commander.reuse("old", from: ["x"]) }
        await expect(.invalid) { try await commander.reuse("old", vars: ["moth": "2"]) }
        await expect(.notFound) { try await commander.reuse("nothing") }
    }

    private func submitted(_ dag: Dag, vars: [String: String]) async throws -> String {
        _ = try await commander.apply(dag, source: "test")
        let run = try await commander.run(dagId: dag.id, vars: vars, id: "old")
        var changed = dag
        changed.desc = "another version"
        _ = try await commander.apply(changed, source: "test")
        return run.dagVersion
    }

    // MARK: Explaining

    @Test("why a run waits is told from nodes, loads, the leader and open commands")
    func why() async throws {
        _ = try await commander.apply(.chain("d", ("a", "step"), ("b", "step")), source: "test")
        _ = try await commander.run(dagId: "d", id: "r")
        #expect(try await commander.why("r").run == [.noNode(.noNodes)])
        _ = try await commander.cancel("r", author: ada)
        let explanation = try await commander.why("r")
        #expect(explanation.run.first == .waitingForCommand(.cancel, by: "ada@desk"))
        #expect(explanation.tasks.map(\.reasons) == [[.run], [.parents(["a"])]])
        await expect(.notFound) { try await commander.why("nothing") }
    }

    @Test("what a run would do is shown without a run, and mistakes are those of a run")
    func preview() async throws {
        _ = try await commander.apply(.chain("d", ("a", "step"), ("b", "step")), source: "test")
        let found = try await commander.preview(RunRequest(dagId: "d"))
        #expect(found.preview.tasks.map(\.id) == ["a", "b"] && found.preview.shortage == .noNodes)
        await expect(.invalid) { try await commander.preview(RunRequest(dagId: "d", vars: ["x": "1"])) }
        await expect(.notFound) { try await commander.preview(RunRequest(dagId: "nothing")) }
        #expect(backend.state.value.instances.isEmpty)
    }
}
