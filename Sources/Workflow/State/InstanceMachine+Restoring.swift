#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension InstanceMachine {
    /// Takes the tasks' states from their documents.
    mutating func restore(_ documents: [TaskInstance]) {
        // A fan-out has to be there before its items are.
        for document in documents {
            if let number = graph.number(of: document.taskId) { restore(document, number) }
        }
        if !fans.isEmpty {
            for document in documents where graph.number(of: document.taskId) == nil {
                if let number = number(of: document.taskId) { restore(document, number) }
            }
        }
        for (id, attempt) in instance.claims {
            guard let number = number(of: id), attempt > tasks[number].attempt else { continue }
            tasks[number].attempt = Int32(clamping: attempt)
            // Its document is of an earlier attempt: it does not wait any more.
            if isWaiting(number) || tasks[number].status == .blocked { tasks[number].status = .`init` }
            if tasks[number].status == .`init` { extras[number, default: Extra()].wasLost = true }
        }
        if !fans.isEmpty { countItems() }
        countParents()
    }

    /// A task that was under way is a lost attempt: it counts, and runs again.
    private mutating func restore(_ document: TaskInstance, _ number: Int) {
        tasks[number].hasDocument = true
        tasks[number].attempt = Int32(clamping: document.attempt)
        if let history = document.history { extras[number, default: Extra()].history = history }
        let isFan = number < graph.count && graph.tasks[number].forEach != nil
        if isFan, let values = document.params["items"]?.arrayValue {
            open(number, values)
            fans[number]?.isOpen = document.status == .running
        }
        if !document.shareData.isEmpty, document.status != .success, document.status != .ending {
            extras[number, default: Extra()].shareData = document.shareData
        }
        let mark = instance.control?.marks[document.taskId].flatMap { $0.attempt >= document.attempt ? $0 : nil }
        switch document.status {
        case .success, .skipped:
            tasks[number].status = document.status
            tasks[number].startedAt = document.startedAt
            // Kept only where the task may be about to run again: most runs have nothing but successes.
            if mark != nil || instance.control?.commands.isEmpty == false {
                extras[number, default: Extra()].last = TaskHistory.Attempt(document)
            }
        case .failed, .canceled, .blocked:
            tasks[number].status = document.status
            // One that a check blocked has never begun.
            tasks[number].startedAt = document.attempt > 0 ? document.startedAt : nil
            extras[number, default: Extra()].last = TaskHistory.Attempt(document)
            if document.status == .blocked {
                extras[number]?.wakeAt = document.wakeAt
                params[number] = document.params
                // One that a check blocks has not begun.
                if document.history?.firstStartedAt == nil { tasks[number].startedAt = nil }
            }
        case .retrying, .parked:
            tasks[number].status = document.status
            tasks[number].startedAt = document.startedAt
            extras[number, default: Extra()].wakeAt = document.wakeAt
            if document.status == .retrying { extras[number]?.last = TaskHistory.Attempt(document) }
            if document.status == .parked { params[number] = document.params }
        case .ending:
            tasks[number].status = .ending
            tasks[number].startedAt = document.startedAt
            params[number] = document.params
            extras[number, default: Extra()].kept = TaskOutcome(
                .ran, output: document.output, shareData: document.shareData.map { ShareDataEdit(key: $0.key, value: $0.value) })
        case .running where fans[number]?.isOpen == true:
            tasks[number].status = .running
            tasks[number].startedAt = document.startedAt
        case .`init`, .queued, .running, .`continue`:
            extras[number, default: Extra()].wasLost = true
            // It began, so its checks let it.
            extras[number]?.isContinued = true
            noteEnd(
                TaskHistory.Attempt(
                    attempt: document.attempt, status: .running, reason: "its worker was lost", worker: document.worker,
                    startedAt: document.startedAt, endedAt: nil), number)
        }
        show(Legacy(output: document.status == .success ? document.output : nil, shareData: document.shareData), of: number)
        if let mark { take(mark, number) }
    }

    /// What a command did to a task whose document is of that attempt, or an earlier one.
    private mutating func take(_ mark: TaskMark, _ number: Int) {
        switch mark.act {
        case .reset: reset(number)
        case .continued where tasks[number].status == .blocked: letContinue(number, mark.author)
        // Their ends are written when the run begins.
        case .continued, .rejected, .canceled: break
        }
    }

    /// Takes over what a run uses of the one that it comes from: outputs that its one task may see, or finished tasks that need not run again.
    public mutating func borrow(_ documents: [TaskInstance], from origin: RunOrigin) {
        switch origin.kind {
        case .dag: break
        case .task: for document in documents where document.status == .success { outputs[document.taskId] = document.output }
        case .reuse:
            let earlier = Dictionary(documents.map { ($0.taskId, $0) }, uniquingKeysWith: { first, _ in first })
            let plan = ReusePlan(graph, from: origin.from ?? [], only: origin.onlyTask) { earlier[$0]?.status }
            for id in plan.taken {
                guard let number = graph.number(of: id), isUntouched(number), let document = earlier[id] else { continue }
                reused[number] = TaskOutcome(
                    .success, output: document.output,
                    shareData: document.shareData.map { ShareDataEdit(key: $0.key, value: $0.value) })
            }
            leftOut = plan.leftOut.compactMap(graph.number(of:)).filter(isUntouched)
        }
    }

    private func isUntouched(_ number: Int) -> Bool { tasks[number].status == .`init` && !tasks[number].hasDocument }

    /// A task runs again, as if it had not run.
    mutating func reset(_ number: Int) {
        if let last = extras[number]?.last {
            noteEnd(last, number)
        } else if tasks[number].status == .success {
            noteEnd(
                TaskHistory.Attempt(
                    attempt: Int(tasks[number].attempt), status: .success, worker: "", startedAt: tasks[number].startedAt), number)
        }
        tasks[number].status = .`init`
        tasks[number].isUnreachable = false
        tasks[number].startedAt = nil
        outputs[id(of: number)] = nil
        fans[number]?.isOpen = false
        (params[number], refused[number]) = (nil, nil)
        guard let former = extras[number] else { return }
        var extra = Extra(shareData: former.shareData)
        extra.history.attempts = former.history.attempts
        extras[number] = extra
    }

    /// A blocked task goes on, and what blocked it is not looked at again.
    mutating func letContinue(_ number: Int, _ author: Author) {
        if let last = extras[number]?.last, last.attempt > 0 { noteEnd(last, number) }
        var extra = extras[number] ?? Extra()
        extra.history.decision = TaskHistory.Decision(isApproved: true, author: author)
        extra.isContinued = true
        extra.wakeAt = nil
        extra.last = nil
        extras[number] = extra
        tasks[number].status = .`init`
        tasks[number].startedAt = nil
    }

    /// Keeps an attempt that is over among the earlier ones.
    mutating func noteEnd(_ attempt: TaskHistory.Attempt, _ number: Int) {
        var history = extras[number]?.history ?? TaskHistory()
        // A wait that was called again is one attempt.
        history.attempts.removeAll { $0.attempt == attempt.attempt }
        history.attempts.append(attempt)
        if history.attempts.count > TaskHistory.attemptLimit {
            history.attempts.removeFirst(history.attempts.count - TaskHistory.attemptLimit)
        }
        history.firstStartedAt = history.firstStartedAt ?? attempt.startedAt
        extras[number, default: Extra()].history = history
        extras[number]?.last = nil
    }

    /// Lets tasks that start from now on see what a task left.
    mutating func show(_ legacy: Legacy, of number: Int) {
        if let output = legacy.output { outputs[id(of: number)] = output }
        for change in legacy.shareData where latestChanges[change.key].map({ $0 < change.order }) ?? true {
            latestChanges[change.key] = change.order
            shareData[change.key] = change.value
        }
    }

    /// Counts for each task what became of its parents, from the beginning.
    mutating func countParents() {
        for number in 0..<graph.count {
            tasks[number].openParents = Int32(graph.parentCount(of: number))
            (tasks[number].failedParents, tasks[number].skippedParents) = (0, 0)
            tasks[number].isUnreachable = false
        }
        for number in 0..<graph.count where tasks[number].status.isFinal && tasks[number].finalVersion == nil {
            for child in graph.children(of: number) { count(tasks[number].status, of: child) }
        }
    }

    /// Whether a task waits without being under way.
    func isWaiting(_ number: Int) -> Bool { tasks[number].status == .retrying || tasks[number].status == .parked }
}

extension TaskHistory.Attempt {
    init(_ document: TaskInstance) {
        self.init(
            attempt: document.attempt, status: document.status == .retrying ? .failed : document.status, reason: document.reason,
            worker: document.worker, startedAt: document.startedAt, endedAt: document.endedAt)
    }
}
