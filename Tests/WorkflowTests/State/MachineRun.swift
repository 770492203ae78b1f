import TestSupport
import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A run's machine with a store of its own, driven by hand or by a seeded generator. It checks after every step what a run promises.
struct MachineRun {
    let dag: Dag
    /// How each task ends when it runs.
    let outcome: (String) -> TaskOutcome
    var machine: InstanceMachine
    /// What is stored.
    var instance: DagInstance
    var documents: [String: TaskInstance] = [:]
    /// Attempts that may begin, and those that have begun.
    var startable: [Int] = []
    var running: [Int] = []
    /// Records that wait to be written, newest of each task; those of owners that are gone may still arrive.
    var waiting: [Int: (task: TaskInstance, isFirst: Bool)] = [:]
    var waitingInstance: DagInstance?
    /// What the machine wants to be told of in a while.
    var watched: [InstanceMachine.Event] = []
    var late: [(task: TaskInstance, isFirst: Bool)] = []
    var attempts: [String: Int] = [:]
    /// Final records that became durable in their epoch, by task.
    var finished: [String: Int] = [:]
    var released: [DagInstanceStatus] = []
    private let now = Date(timeIntervalSince1970: 1_000)
    private var lastVersion = RecordVersion.zero

    init(_ dag: Dag, vars: [String: String] = [:], outcome: @escaping (String) -> TaskOutcome = { _ in TaskOutcome(.success) }) throws {
        self.dag = dag
        self.outcome = outcome
        instance = DagInstance(
            id: "run", dagId: dag.id, dagVersion: "v", status: .scheduled, worker: "w", session: "s", version: RecordVersion(epoch: 1),
            runEpoch: 1, vars: vars, createdAt: now)
        machine = try InstanceMachine(instance: instance, dag: dag, worker: "w")
    }

    var isOver: Bool { !released.isEmpty }

    // MARK: Events

    mutating func send(_ event: InstanceMachine.Event) {
        for effect in machine.handle(event, at: now) { carryOut(effect) }
    }

    mutating func begin() { send(.begin) }

    mutating func startTask(_ index: Int = 0) {
        let number = startable.remove(at: index)
        running.append(number)
        send(.taskStarted(number))
    }

    mutating func endTask(_ index: Int = 0) {
        let number = running.remove(at: index)
        send(.taskEnded(number, outcome(dag.tasks[number].id)))
    }

    /// An attempt under way wants what it will have done to the share data to be kept now.
    mutating func note(_ index: Int = 0) {
        let number = running[index]
        let outcome = outcome(dag.tasks[number].id)
        guard outcome.result == .success else { return }
        send(.taskNoted(number, outcome.shareData, attempt: attempts[dag.tasks[number].id] ?? 0))
    }

    /// Time has passed since something began that the machine wants to be told of.
    mutating func outlast(_ index: Int = 0) { send(watched.remove(at: index)) }

    /// Writes one waiting task record and tells the machine.
    mutating func writeTask(_ number: Int) {
        guard let record = waiting.removeValue(forKey: number) else { return }
        let landed = store(record.task, isFirst: record.isFirst)
        #expect(landed, "the only owner is never fenced: \(record.task.taskId)")
        if record.task.status.isFinal { finished[record.task.taskId, default: 0] += 1 }
        send(.taskRecorded(number, record.task.version))
    }

    /// Writes one waiting task record, but the answer is lost: it will be written again.
    mutating func writeTaskUnheard(_ number: Int) {
        guard let record = waiting[number] else { return }
        #expect(store(record.task, isFirst: record.isFirst), "the only owner is never fenced: \(record.task.taskId)")
    }

    mutating func writeInstance() {
        guard let record = waitingInstance else { return }
        waitingInstance = nil
        #expect(instance.version < record.version)
        if record.status.isFinal { #expect(waiting.isEmpty, "all task documents come first") }
        instance = record
        send(.instanceRecorded(record.version))
    }

    /// Starts, ends and writes in order until nothing is left to do.
    mutating func finish() {
        while true {
            if !startable.isEmpty {
                startTask()
            } else if !running.isEmpty {
                endTask()
            } else if let number = waiting.keys.min() {
                writeTask(number)
            } else if waitingInstance != nil {
                writeInstance()
            } else {
                return
            }
        }
    }

    // MARK: Losing the owner

    /// The owner is gone with all that was not written, though its records may arrive late; a new one takes the run from the documents.
    mutating func changeOwner() throws {
        late += waiting.values.map { ($0.task, $0.isFirst) }
        (startable, running, waiting, waitingInstance, watched) = ([], [], [:], nil, [])
        let epoch = instance.version.epoch + 1
        instance.version = RecordVersion(epoch: epoch)
        for (id, task) in documents where (instance.runEpoch..<epoch).contains(task.version.epoch) {
            documents[id]?.version = RecordVersion(epoch: epoch, counter: task.version.counter)
        }
        let counted = documents.values.filter { $0.version.epoch >= epoch }.shuffledByID
        instance = instance.marked(finishedTasks: counted.count { $0.status.isFinal }, adoptionLimit: .max, at: now)
        lastVersion = instance.version
        machine = try InstanceMachine(instance: instance, dag: dag, documents: counted, worker: "w\(epoch)")
        begin()
    }

    /// A record of an owner that is gone arrives.
    mutating func writeLate(_ index: Int) {
        let record = late.remove(at: index)
        let before = documents[record.task.id]
        _ = store(record.task, isFirst: record.isFirst)
        if let before, before.version.epoch >= instance.runEpoch { #expect(documents[record.task.id] == before, "a late record landed") }
    }

    // MARK: The store

    /// The version rule.
    private mutating func store(_ task: TaskInstance, isFirst: Bool) -> Bool {
        guard let existing = documents[task.id] else {
            if isFirst { documents[task.id] = task }
            return isFirst
        }
        guard existing.version < task.version else { return existing.version == task.version }
        if existing.version.epoch >= instance.runEpoch {
            #expect(!existing.status.isFinal, "a finished task is never written again: \(task.taskId)")
        }
        documents[task.id] = task
        return true
    }

    /// Task documents that count, by task id.
    var counting: [String: TaskInstance] {
        Dictionary(
            documents.values.filter { $0.version.epoch >= instance.runEpoch }.map { ($0.taskId, $0) },
            uniquingKeysWith: { first, _ in first })
    }

    // MARK: Effects

    private mutating func carryOut(_ effect: InstanceMachine.Effect) {
        switch effect {
        case .start(let number, let task):
            checkStart(number, task)
            startable.append(number)
        case .recordTask(let number, let task, let isFirst):
            checkVersion(task.version)
            waiting[number] = (task, isFirst)
        case .watchTask(let number, let attempt): watched.append(.taskOutlasts(number, attempt: attempt))
        case .recordInstance(let instance):
            checkVersion(instance.version)
            waitingInstance = instance
        case .watchRun: watched.append(.runOutlasts)
        case .release(let status):
            #expect(instance.status == status)
            released.append(status)
        case .cancelAttempt, .setAlarm, .settle, .send: break
        case .giveUp(let reason):
            Issue.record("the machine gives up: \(reason)")
        }
    }

    private mutating func checkVersion(_ version: RecordVersion) {
        #expect(version > lastVersion, "versions grow")
        #expect(version.epoch == instance.version.epoch)
        lastVersion = version
    }

    private mutating func checkStart(_ number: Int, _ task: TaskInstance) {
        let counting = counting
        for parent in dag.tasks[number].dependOn {
            #expect(counting[parent]?.status.letsChildrenStart == true, "\(task.taskId) starts before \(parent) is durable")
        }
        #expect(counting[task.taskId]?.status.isFinal != true, "\(task.taskId) is finished and starts again")
        attempts[task.taskId, default: 0] += 1
    }
}

extension [TaskInstance] {
    /// In an order that has nothing to do with that of the tasks, but is the same each time.
    fileprivate var shuffledByID: [TaskInstance] { sorted { $0.id.reversed().lexicographicallyPrecedes($1.id.reversed()) } }
}
