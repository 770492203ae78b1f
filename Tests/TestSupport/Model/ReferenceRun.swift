public import Workflow

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a run must do, by docs/workflow-semantics.md alone: slow and plain. Everything is looked up anew whenever it is asked for; it shares no rule with `InstanceMachine`.
public struct ReferenceRun: Sendable {
    public enum Stand: String, Sendable { case idle, ready, running, ending, retrying, parked, blocked, success, failed, canceled, skipped }

    /// What is known of a task or of an item of a fan-out.
    public struct Entry: Sendable, Hashable {
        public var stand = Stand.idle
        public var attempt = 0
        /// Whether the store has it.
        public var isDurable = true
        var wake: Date?
        var firstStart: Date?
        /// Whether the attempt has begun, be it in an earlier call.
        var hasBegun = false
        var readySince: Date?
        var retries = 0
        var isContinued = false
        /// It may go on, and holds its place among the items of a fan-out.
        var holdsPlace = false
        /// It was at work when its worker was lost.
        var wasLost = false
        var stop: Stand?
        var stopAt: Date?

        var isOver: Bool { stand == .success || stand == .failed || stand == .canceled || stand == .skipped }
        var isUnderWay: Bool { stand == .ready || stand == .running || stand == .ending }
        var waits: Bool { stand == .retrying || stand == .parked }
    }

    /// What commands have changed.
    public struct Control: Sendable, Hashable {
        var isCanceled = false
        var endsNow = false
        var isPaused = false
        var hasFailed = false
        var revivedAt: Date?
    }

    struct Wish: Sendable, Hashable {
        var kind: Command.Kind
        var attempt: Int
    }

    /// What an accepted command will do.
    public struct Plan: Sendable {
        var command: Command
        var wishes: [String: Wish] = [:]
    }

    public let dag: Dag
    let definitions: [String: Dag.Task]
    let mainIDs: [String]
    let exitIDs: [String]
    public internal(set) var entries: [String: Entry] = [:]
    var control = Control()
    public internal(set) var isAtExit = false
    public internal(set) var isHandingBack = false
    /// Whether what was found when the run was taken is settled.
    public internal(set) var isBegun = false
    var startedAt: Date?
    /// Changes that are durable and wait for the ends of the tasks that they are about.
    var dueChanges: [Plan] = []
    /// Accepted commands whose changes are not durable.
    public internal(set) var pending: [Plan] = []
    /// The limit of the run has come, which is not durable yet.
    public internal(set) var limitIsDue = false

    // What the store has.
    var stored: [String: Entry] = [:]
    var storedControl = Control()
    var storedWishes: [String: Wish] = [:]
    public var storedClaims: [String: Int] = [:]
    var lost: [String: (count: Int, attempt: Int)] = [:]

    public init(_ dag: Dag) {
        self.dag = dag
        definitions = Dictionary(uniqueKeysWithValues: dag.allTasks.map { ($0.id, $0) })
        mainIDs = dag.tasks.map(\.id)
        exitIDs = (dag.onExit ?? []).map(\.id)
    }

    // MARK: Looking

    func entry(_ id: String) -> Entry { entries[id] ?? Entry() }

    static func group(_ id: String) -> String? { id.hasSuffix("]") ? String(id[..<(id.lastIndex(of: "[") ?? id.startIndex)]) : nil }

    func definition(_ id: String) -> Dag.Task { definitions[Self.group(id) ?? id] ?? Dag.Task(id: id, actionName: "") }

    func isExit(_ id: String) -> Bool { exitIDs.contains(Self.group(id) ?? id) }

    func items(_ id: String) -> [String] {
        guard let list = definitions[id]?.forEach?.items.arrayValue else { return [] }
        return list.indices.map { "\(id)[\($0)]" }
    }

    func isGroup(_ id: String) -> Bool { definitions[id]?.forEach != nil }

    /// Every task and every item.
    public var allIDs: [String] { (mainIDs + exitIDs).flatMap { [$0] + items($0) } }

    var mustEnd: Bool { control.isCanceled || control.hasFailed }

    func mustEnd(_ id: String) -> Bool { mustEnd && (!isExit(id) || control.endsNow) }

    // MARK: Trigger rules, by the table

    enum Verdict { case wait, start, skip, unreachable }

    func verdict(_ id: String) -> Verdict {
        let parents = Set(definition(id).dependOn)
        guard !parents.isEmpty else { return .start }
        let fates = parents.map(fate)
        let succeeded = fates.count { $0 == .success }, failed = fates.count { $0 == .failed }
        let skipped = fates.count { $0 == .skipped }, areOver = !fates.contains(.idle)
        switch definition(id).trigger {
        case nil, .noneFailed:
            return failed > 0 ? .unreachable : areOver ? .start : .wait
        case .allSuccess:
            if failed > 0 { return .unreachable }
            return !areOver ? .wait : skipped > 0 ? .skip : .start
        case .allDone: return areOver ? .start : .wait
        case .oneSuccess:
            if succeeded > 0 { return .start }
            return !areOver ? .wait : failed > 0 ? .unreachable : .skip
        case .oneFailed:
            if failed > 0 { return .start }
            return areOver ? .skip : .wait
        case .allFailed:
            if succeeded > 0 || skipped > 0 { return .skip }
            return areOver ? .start : .wait
        case .noneFailedMinOneSuccess:
            if failed > 0 { return .unreachable }
            return !areOver ? .wait : succeeded > 0 ? .start : .skip
        }
    }

    /// What became of a parent: `idle` while it is not over, `failed` for canceled and unreachable ones too.
    func fate(_ id: String) -> Stand {
        let entry = entry(id)
        if entry.isOver, entry.isDurable { return entry.stand == .canceled ? .failed : entry.stand }
        return entry.stand == .idle && verdict(id) == .unreachable ? .failed : .idle
    }

    // MARK: How the run stands

    /// What the tasks make of the run.
    public func outcome() -> DagInstanceStatus {
        let main = mainOutcome()
        guard main == .success || main == .failed || main == .canceled, !exitIDs.isEmpty else { return main }
        let exits = allIDs.filter(isExit).map(entry)
        if exitIDs.contains(where: { entry($0).stand == .blocked }) { return .blocked }
        // An item that is blocked blocks its fan-out.
        if exits.contains(where: { $0.stand == .blocked }), exitIDs.contains(where: { isGroup($0) && entry($0).stand == .running }) {
            return .blocked
        }
        if main == .success, exitIDs.contains(where: { entry($0).stand == .failed || entry($0).stand == .canceled }) { return .failed }
        return main
    }

    func mainOutcome() -> DagInstanceStatus {
        if control.isCanceled { return .canceled }
        if control.hasFailed { return .failed }
        let stands = mainIDs.map { entry($0).stand }
        if stands.contains(.failed) { return .failed }
        if stands.contains(.canceled) { return .canceled }
        if stands.contains(.blocked) { return .blocked }
        if mainIDs.contains(where: { id in entry(id).stand == .running && items(id).contains { entry($0).stand == .blocked } }) {
            return .blocked
        }
        return .success
    }

    /// Whether a record must become durable before anything else can be said.
    var isWriting: Bool { entries.values.contains { !$0.isDurable } }

    public var underWay: Set<String> {
        Set(entries.filter { $0.value.isUnderWay && !isGroup($0.key) }.map { "\($0.key)#\($0.value.attempt)" })
    }

    /// How the run stands when nothing is being written: `nil` while its owner has still something to do with it.
    public func standing(at now: Date, parkAfter: TimeInterval) -> DagInstanceStatus? {
        guard underWay.isEmpty, !isWriting, pending.isEmpty, !limitIsDue else { return nil }
        let waits = entries.values.contains { $0.waits }
        let next = nextLook
        let isSoon = next.map { $0 < now.addingTimeInterval(parkAfter) } ?? false
        let couldStart = control.isPaused && !startable(ignoringPause: true).isEmpty
        let exitIsToCome = !exitIDs.isEmpty && !isAtExit && !control.endsNow
        if control.isPaused, waits || couldStart || exitIsToCome { return isSoon ? nil : .parked }
        if waits { return isSoon ? nil : .parked }
        let outcome = outcome()
        return outcome == .blocked && isSoon ? nil : outcome
    }

    var nextLook: Date? {
        let wake = control.isPaused ? nil : entries.compactMap { $0.value.isOver || isExit($0.key) != isAtExit ? nil : $0.value.wake }.min()
        return [wake, mustEnd || isAtExit ? nil : runLimit].compactMap { $0 }.min()
    }

    var runLimit: Date? {
        guard let limit = dag.timeoutSecs, let start = control.revivedAt ?? startedAt else { return nil }
        return start.addingTimeInterval(TimeInterval(limit))
    }
}
