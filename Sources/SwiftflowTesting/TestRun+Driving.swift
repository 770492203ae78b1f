import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension TestRun {
    /// An owner takes the run; each time it is the next epoch.
    mutating func take() throws {
        let isFirst = instance.runEpoch == 0
        instance.version = instance.version.nextEpoch
        instance.status = .scheduled
        (instance.worker, instance.session) = ("test", "test")
        let epoch = instance.version.epoch
        for (id, task) in documents { documents[id]?.version = RecordVersion(epoch: epoch, counter: task.version.counter) }
        if isFirst {
            instance.runEpoch = epoch
        } else {
            instance = instance.marked(finishedTasks: documents.values.count { $0.status.isFinal }, adoptionLimit: .max, at: now)
        }
        machine = try InstanceMachine(
            instance: instance, dag: dag, documents: documents.values.sorted { $0.id < $1.id }, worker: "test")
        events.append(.begin)
    }

    /// When something goes on by itself; `nil` where nothing does.
    var nextTime: Date? {
        if machine != nil { return alarms.map(\.due).min() }
        return instance.status.isFinal || instance.control?.isPaused == true ? nil : instance.wakeAt
    }

    mutating func ring() throws {
        guard machine != nil else { return try take() }
        let due = alarms.filter { $0.due <= now }
        alarms.removeAll { $0.due <= now }
        events += due.map { .alarm($0.alarm) }
    }

    /// Does all that can be done without time passing.
    mutating func settle() async throws {
        for _ in 0..<1_000_000 {
            if !events.isEmpty {
                let effects = machine?.handle(events.removeFirst(), at: now) ?? []
                for effect in effects { carryOut(effect) }
            } else if !starts.isEmpty {
                await carryOut(starts.removeFirst())
            } else {
                return
            }
        }
        throw TestFailure("the run does not come to rest at \(now)")
    }

    private mutating func carryOut(_ start: (number: Int, task: TaskInstance)) async {
        let task = start.task
        if task.status == .ending { return events.append(.taskEnded(start.number, TaskOutcome(.success), attempt: task.attempt)) }
        if task.startedAt == nil { order.append(task.taskId) }
        if let effects = machine?.handle(.taskStarted(start.number), at: now) {
            for effect in effects { carryOut(effect) }
        }
        events.append(.taskEnded(start.number, await outcome(task), attempt: task.attempt))
    }

    private func outcome(_ task: TaskInstance) async -> TaskOutcome {
        let group = ForEach.item(task.taskId)?.task ?? task.taskId
        guard let body = bodies[task.taskId] ?? bodies[group] ?? bodies[task.actionName] else { return TaskOutcome(.success) }
        let call = TestCall(
            taskId: task.taskId, actionName: task.actionName, attempt: task.attempt, params: task.params, vars: instance.vars,
            outputs: machine?.outputs ?? TaskOutputs(), shareData: machine?.shareData ?? [:], memo: task.history?.memo,
            decision: task.history?.decision, now: now)
        do { return try await body(call) } catch let failure as TestFailure {
            return TaskOutcome(.failed(reason: failure.description), advice: failure.advice)
        } catch {
            return TaskOutcome(.failed(reason: "\(error)"))
        }
    }

    private mutating func carryOut(_ effect: InstanceMachine.Effect) {
        switch effect {
        case .start(let number, let task): starts.append((number, task))
        case .cancelAttempt(let number, let attempt):
            let isRunAfter = starts.contains { $0.number == number && $0.task.attempt == attempt && $0.task.status == .ending }
            starts.removeAll { $0.number == number && $0.task.attempt == attempt }
            if isRunAfter { events.append(.taskEnded(number, TaskOutcome(.canceled(reason: "canceled")), attempt: attempt)) }
        case .recordTask(let number, let task, _):
            documents[task.taskId] = task
            events.append(.taskRecorded(number, task.version))
        case .recordInstance(let instance):
            self.instance = instance
            events.append(.instanceRecorded(instance.version))
        case .setAlarm(let alarm, let due): alarms.append((due, alarm))
        case .settle(let record): records.append(record)
        case .release: (machine, alarms) = (nil, [])
        case .watchTask, .watchRun, .send: break
        case .giveUp(let reason): instance.reason = reason
        }
    }
}
