import Engine
import TestSupport
import Workflow

/// The store as a machine sees it: `MemoryState` behind the network.
struct SimulatedStore: Store {
    let machine: Machine
    let network: Network
    let mutation: Mutation?
    let observer: Observer
    private let wasOwnedRead = Flag()

    func read<R: Sendable>(_ verb: String, _ body: @escaping (MemoryState) -> R) async throws -> R {
        let sees = mutation == .readsUncommitted
        return try await network.call(machine, verb, isWrite: false, steps: []) { body(sees ? $0.state : $0.committed) }
    }

    func write<R: Sendable>(
        _ verb: String, _ places: [Server.Place], early: Bool = false, _ change: @escaping (inout MemoryState, Int) -> R
    ) async throws -> [R] {
        let results = Results<R>()
        let steps = places.indices.map { index -> Network.Step in
            { server in server.write(places[index]) { state in results.set(index, change(&state, index)) } }
        }
        return try await network.call(
            machine, verb, isWrite: true, steps: steps, answersEarly: early || mutation == .doesNotWaitForTheMajority
        ) { _ in results.all }
    }

    // MARK: Definitions

    func apply(_ dag: Dag, version: String, source: String, expectedRevision: Int64?) async throws -> ApplyOutcome { .conflict }

    func apply(_ definitions: [NewDefinition], onlyUnknown: Bool) async throws -> [Result<ApplyOutcome?, StoreError>] {
        definitions.map { _ in .success(.conflict) }
    }

    func keepVersions(_ definitions: [NewDefinition]) async throws {}

    func dag(id: String) async throws -> DagRecord? { try await read("dag") { $0.dags[id] } }

    func dags(after: String?, limit: Int) async throws -> [DagRecord] { [] }

    func dagVersion(id: String, version: String) async throws -> Dag? {
        try await read("dagVersion") { [mutation] state in
            guard var dag = state.dagVersions[Dag.versionKey(id: id, version: version)] else { return nil }
            for index in dag.tasks.indices {
                if mutation == .ignoresMaxParallel { dag.tasks[index].forEach?.maxParallel = nil }
                if mutation == .ignoresLabels { dag.tasks[index].worker = nil }
            }
            return dag
        }
    }

    // MARK: Submission and reading

    func submit(_ instances: [DagInstance]) async throws -> [SubmitOutcome] {
        try await write("submit \(instances.map(\.id))", instances.map { .instance($0.id) }) { [mutation] state, index in
            if mutation == .submitReplaces { state.instances[instances[index].id] = nil }
            return state.submit(instances[index])
        }
    }

    func instance(id: String) async throws -> DagInstance? { try await read("instance") { $0.instances[id] } }

    func instances(_ query: InstanceQuery) async throws -> Page<DagInstance> { Page([]) }

    func tasks(of dagInsId: String, runEpoch: Int64) async throws -> [TaskInstance] {
        let lowest = mutation == .readsStrays ? 0 : runEpoch
        let forgets = mutation == .forgetsFinishedTasks
        return try await read("tasks of \(dagInsId) from epoch \(runEpoch)") { state in
            let found = state.tasks.values.filter { $0.dagInsId == dagInsId && $0.version.epoch >= lowest }.sorted { $0.id < $1.id }
            return forgets ? [] : found
        }
    }

    func traces(of dagInsId: String, taskId: String?, after: String?, limit: Int) async throws -> [TraceChunk] { [] }

    // MARK: The leader

    func pending(after: String?, limit: Int) async throws -> Page<DagInstance> {
        let hides = mutation == .queueForgetsHandedBack
        return try await read("pending") { state in
            var state = state
            if hides { state.instances = state.instances.filter { $0.value.version == .zero || $0.value.status != .`init` } }
            return state.pending(after: after, limit: limit)
        }
    }

    func owned() async throws -> [OwnedInstance] {
        if mutation == .ownedReadOnce {
            guard !wasOwnedRead.value else { return [] }
            wasOwnedRead.value = true
        }
        let hides = mutation == .watchdogSeesScheduledOnly
        return try await read("owned") { state in
            state.instances.values.filter { $0.status.isOwned && !(hides && $0.status == .running) }.sorted { $0.id < $1.id }.map {
                instance in
                OwnedInstance(
                    id: instance.id, dagId: instance.dagId, dagVersion: instance.dagVersion, status: instance.status,
                    session: instance.session, version: instance.version, runEpoch: instance.runEpoch,
                    task: instance.origin.flatMap { $0.kind == .task ? $0.task : nil })
            }
        }
    }

    func assign(_ assignments: [DispatchPlan.Assignment]) async throws -> [Bool] {
        let ids = assignments.map(\.id).joined(separator: " ")
        return try await write("assign \(ids)", assignments.map { .instance($0.id) }) { [mutation] state, index in
            var assignment = assignments[index]
            guard let instance = state.instances[assignment.id] else { return false }
            switch mutation {
            case .assignIgnoresVersion where instance.version != assignment.version:
                (assignment.expected, assignment.from) = (instance.version, instance.status)
                assignment.expectedSession = instance.session
            case .assignKeepsEpoch:
                assignment.version = instance.version.next
                assignment.runEpoch = max(instance.runEpoch, 1)
                if assignment.version.epoch == 0 { assignment.version = RecordVersion(epoch: 1) }
            case .dueKeepsEpoch where instance.status == .parked || instance.status == .blocked:
                assignment.version = instance.version.next
                assignment.runEpoch = instance.runEpoch
            case .assignStartsEveryRunAfresh: assignment.runEpoch = assignment.version.epoch
            default: break
            }
            return state.assign(assignment)
        }
    }

    // MARK: The owner

    func assigned(to session: String, after: String?, limit: Int) async throws -> Page<DagInstance> {
        try await read("assigned") { state in
            let found = state.instances.values.filter { $0.session == session && $0.status.isOwned && $0.id > (after ?? "") }
            return Page(found.sorted { $0.id < $1.id }.prefix(limit).map(seen))
        }
    }

    func assigned(to session: String, among ids: [String]) async throws -> Page<DagInstance> {
        try await read("assigned \(ids.joined(separator: " "))") { state in
            Page(ids.compactMap { state.instances[$0] }.filter { $0.session == session && $0.status.isOwned }.map(seen))
        }
    }

    /// A run as its owner reads it.
    private func seen(_ instance: DagInstance) -> DagInstance {
        var instance = instance
        if mutation == .ownerForgetsWhatWasApplied { instance.control?.applied = [] }
        return instance
    }

    func claimAgain(id: String, session: String, expected: RecordVersion) async throws -> DagInstance? {
        try await write("claimAgain \(id)", [.instance(id)]) { [mutation] state, _ in
            guard mutation == .claimIgnoresOwner, let instance = state.instances[id], instance.status.isOwned else {
                return state.claimAgain(id: id, session: session, expected: expected)
            }
            state.instances[id]?.session = session
            return state.claimAgain(id: id, session: session, expected: instance.version)
        }[0]
    }

    func raiseTasks(of dagInsId: String, from: Int64, to: Int64) async throws {
        if mutation == .raiseLeftOut { return }
        let lowest = mutation == .raisesStrays ? 0 : from
        // What is there when the request arrives; MongoDB's update of many documents is no snapshot either.
        let ids = network.primary.state.tasks.values.filter { $0.dagInsId == dagInsId }.map(\.id).sorted()
        if mutation == .raiseSentTwice { raiseLater(dagInsId, lowest, to) }
        _ = try await write("raise \(dagInsId) \(lowest)..<\(to)", ids.map { .task($0) }) { state, index in
            state.raise(taskID: ids[index], from: lowest, to: to)
        }
    }

    /// The same request once more, after a while.
    private func raiseLater(_ dagInsId: String, _ from: Int64, _ to: Int64) {
        let world = network.world
        world.after(world.latency(0.01, 5)) {
            let server = network.primary
            for id in server.state.tasks.values.filter({ $0.dagInsId == dagInsId }).map(\.id).sorted() {
                server.write(.task(id)) { $0.raise(taskID: id, from: from, to: to) }
            }
        }
    }

    func record(_ batch: RecordBatch) async throws -> RecordResult {
        let early = mutation == .answersBeforeDurable
        let traces = try await writeTraces(batch.traces, early)
        let tasks = try await writeTasks(batch.tasks, early)
        let instances = try await writeInstances(batch.instances, early)
        return RecordResult(instances: instances, tasks: tasks, traces: traces)
    }

    private func writeTraces(_ chunks: [TraceChunk], _ early: Bool) async throws -> [RecordOutcome] {
        guard !chunks.isEmpty else { return [] }
        if mutation == .tracesAreNotWritten { return chunks.map { _ in .written } }
        if mutation == .tracesAreWrittenLater {
            writeLater(chunks)
            return chunks.map { _ in .written }
        }
        return try await write("traces", chunks.map { .trace($0.id) }, early: early) { state, index in
            if state.traces[chunks[index].id] == nil { state.traces[chunks[index].id] = chunks[index] }
            return .written
        }
    }

    private func writeLater(_ chunks: [TraceChunk]) {
        let world = network.world
        world.after(world.latency(0.01, 5)) {
            for chunk in chunks { network.primary.write(.trace(chunk.id)) { $0.traces[chunk.id] = chunk } }
        }
    }

    private func writeTasks(_ records: [TaskRecord], _ early: Bool) async throws -> [RecordOutcome] {
        guard !records.isEmpty else { return [] }
        let verb = records.map { "\($0.task.id)=\($0.task.status.rawValue)@\($0.task.version)" }.joined(separator: " ")
        return try await write("task \(verb)", records.map { .task($0.task.id) }, early: early) {
            [mutation, observer, machine] state, index in
            let task = records[index].task
            let before = state.tasks[task.id]
            let outcome: RecordOutcome
            switch mutation {
            case .taskFenceLeftOut:
                state.put(task)
                outcome = .written
            case .taskFenceOffByOne where before.map({ $0.version.rawValue == task.version.rawValue + 1 }) ?? false:
                state.put(task)
                outcome = .written
            default: outcome = state.record(records[index])
            }
            if state.tasks[task.id] != before { observer.wrote(task, before, by: machine) }
            if forged(outcome) == .written { observer.acknowledged(task.version, state.tasks[task.id]?.version, of: task.id) }
            return forged(outcome)
        }
    }

    private func writeInstances(_ instances: [DagInstance], _ early: Bool) async throws -> [RecordOutcome] {
        guard !instances.isEmpty else { return [] }
        let verb = instances.map { "\($0.id)=\($0.status.rawValue)@\($0.version)" }.joined(separator: " ")
        return try await write("instance \(verb)", instances.map { .instance($0.id) }, early: early) {
            [mutation, observer, machine] state, index in
            var instance = instances[index]
            let before = state.instances[instance.id]
            if mutation == .claimLeftOut { instance.claims = [:] }
            if mutation == .pauseIsNotKept { instance.control?.isPaused = false }
            let outcome: RecordOutcome
            switch mutation {
            case .instanceFenceLeftOut:
                state.put(instance)
                outcome = .written
            case .instanceFenceComparesEpochOnly where before.map({ $0.version.epoch == instance.version.epoch }) ?? false:
                state.put(instance)
                outcome = .written
            default: outcome = state.record(instance)
            }
            if state.instances[instance.id] != before { observer.wrote(instance, before, by: machine) }
            if forged(outcome) == .written {
                observer.acknowledged(instance.version, state.instances[instance.id]?.version, of: instance.id)
            }
            return forged(outcome)
        }
    }

    private func forged(_ outcome: RecordOutcome) -> RecordOutcome {
        mutation == .fencedCountsAsWritten && outcome == .fenced ? .written : outcome
    }
}

/// `@unchecked Sendable`: see `World`.
private final class Flag: @unchecked Sendable { var value = false }

/// The results of the steps of one call, filled in as the steps happen.
///
/// `@unchecked Sendable`: see `World`.
private final class Results<R>: @unchecked Sendable {
    private var results: [Int: R] = [:]
    func set(_ index: Int, _ result: R) { results[index] = result }
    var all: [R] { results.sorted { $0.key < $1.key }.map(\.value) }
}
