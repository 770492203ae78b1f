public import Engine
public import Workflow

extension MemoryState {
    /// One assignment under its condition.
    public mutating func assign(_ assignment: DispatchPlan.Assignment) -> Bool {
        // An assignment that is sent again finds itself.
        if let existing = instances[assignment.id], existing.version == assignment.version, existing.session == assignment.session {
            return true
        }
        guard var instance = instances[assignment.id], instance.status == assignment.from, instance.version == assignment.expected,
            instance.session == assignment.expectedSession
        else { return false }
        instance.status = .scheduled
        instance.reason = ""
        instance.worker = assignment.worker
        instance.session = assignment.session
        instance.version = assignment.version
        instance.wakeAt = nil
        if let runEpoch = assignment.runEpoch { instance.runEpoch = runEpoch }
        if assignment.isAdoption { instance.adoptions += 1 }
        put(instance)
        return true
    }

    /// An instance that belongs to the session and is as expected, at its next epoch.
    public mutating func claimAgain(id: String, session: String, expected: RecordVersion) -> DagInstance? {
        guard var instance = instances[id], instance.session == session, instance.version == expected else { return nil }
        guard instance.status.isOwned else { return nil }
        instance.status = .scheduled
        instance.version = expected.nextEpoch
        put(instance)
        return instance
    }

    /// One document of those whose epoch is raised.
    public mutating func raise(taskID id: String, from: Int64, to: Int64) {
        guard var task = tasks[id], (from..<to).contains(task.version.epoch) else { return }
        task.version = RecordVersion(epoch: to, counter: task.version.counter)
        put(task)
    }

    /// A run as it is submitted; one that is sent again finds itself.
    public mutating func submit(_ instance: DagInstance) -> SubmitOutcome {
        if let existing = instances[instance.id] { return existing == instance ? .created : .existing(existing) }
        put(instance)
        return .created
    }

    /// An instance under the version rule.
    public mutating func record(_ instance: DagInstance) -> RecordOutcome {
        guard let existing = instances[instance.id] else { return .fenced }
        if existing.version < instance.version { put(instance) }
        return existing.version <= instance.version ? .written : .fenced
    }

    /// A task: a first document is inserted without a fence; whatever is there already counts under the version rule.
    public mutating func record(_ record: TaskRecord) -> RecordOutcome {
        guard let existing = tasks[record.task.id] else {
            guard record.isFirst else { return .fenced }
            put(record.task)
            return .written
        }
        if existing.version < record.task.version { put(record.task) }
        return existing.version <= record.task.version ? .written : .fenced
    }
}

extension TaskInstance {
    /// About how large the document is, in bytes.
    var roughSize: Int {
        let changes = shareData.reduce(0) { $0 + $1.key.utf8.count + ($1.value?.utf8.count ?? 0) }
        return 256 + reason.utf8.count + Value.object(params).roughSize + (output?.roughSize ?? 0) + changes
    }
}

extension DagInstance {
    /// About how large the document is, in bytes.
    var roughSize: Int {
        [vars, shareData, tags].reduce(256 + reason.utf8.count) { size, texts in
            size + texts.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        }
    }
}

extension Value {
    fileprivate var roughSize: Int {
        switch self {
        case .null, .bool, .int, .double: 8
        case .string(let text): text.utf8.count
        case .array(let elements): elements.reduce(8) { $0 + $1.roughSize }
        case .object(let members): members.reduce(8) { $0 + $1.key.utf8.count + $1.value.roughSize }
        }
    }
}
