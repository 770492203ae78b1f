#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension WaitReason {
    /// The word for programs. It never changes its meaning.
    public var kind: String {
        switch self {
        case .underWay: "underWay"
        case .assigned: "assigned"
        case .nodeLost: "nodeLost"
        case .noNode(.full): "nodesFull"
        case .noNode: "noNode"
        case .dispatch: "dispatch"
        case .noLeader: "noLeader"
        case .runLimit: "runLimit"
        case .dagPaused: "dagPaused"
        case .runPaused: "runPaused"
        case .waitingForCommand: "waitingForCommand"
        case .canceling: "canceling"
        case .startLimit: "startLimit"
        case .blocked: "blocked"
        case .noDefinition: "noDefinition"
        case .parents: "parents"
        case .unreachable: "unreachable"
        case .preCheckBlock: "preCheckBlock"
        case .approval: "approval"
        case .retryAt: "retryAt"
        case .parkedUntil: "parkedUntil"
        case .childRun: "childRun"
        case .poolFull: "poolFull"
        case .noPool: "noPool"
        case .noPlace: "noPlace"
        case .items: "items"
        case .others: "others"
        case .run: "run"
        case .runAgain: "runAgain"
        case .ready: "ready"
        case .runOver: "runOver"
        }
    }

    /// The reason in words.
    /// - Parameter time: how a point in time is written.
    public func text(_ time: (Date) -> String) -> String {
        switch self {
        case .underWay(let worker, let since): "is under way on \(worker)" + (since.map { ", since \(time($0))" } ?? "")
        case .assigned(let worker): "has been given to \(worker), which has not taken it yet"
        case .nodeLost(let worker): "its node \(worker) is lost; the leader moves it to another"
        case .noNode(let shortage): shortage.text
        case .dispatch: "waits to be given to a node: the leader looks in a moment"
        case .noLeader: "no node leads now, so nothing is given out"
        case .runLimit(let limit): "\(limit) runs of the DAG are under way, which is all that may be (maxConcurrentRuns)"
        case .dagPaused(let id): "the DAG is paused: commander dag resume \(id)"
        case .runPaused: "the run is paused: commander resume"
        case .waitingForCommand(let kind, let by): "'\(kind.rawValue)' of \(by) has not been applied yet"
        case .canceling(let by, let reason): "is being canceled by \(by)" + (reason.isEmpty ? "" : ": \(reason)")
        case .startLimit(let date): "fails if it has not started in time (startTimeoutSecs): \(time(date))"
        case .blocked(let tasks): "waits for somebody's decision about \(Self.list(tasks)): commander continue, or reject"
        case .noDefinition: "its definition is not in the store"
        case .parents(let ids): "waits for \(Self.list(ids))"
        case .unreachable(let task): "can never run, because of '\(task)'; a retry of that makes it possible again"
        case .preCheckBlock(let name): "preCheck '\(name)' holds: it waits for continue or reject"
        case .approval(let message, let until): Self.approval(message, until.map(time))
        case .retryAt(let date, let reason): "runs again: \(time(date))" + (reason.isEmpty ? "" : ", after: \(reason)")
        case .parkedUntil(let date): "waits for its time: \(time(date))"
        case .childRun(let id, let status): "waits for the run \(id)" + (status.map { ", which is \($0.rawValue)" } ?? "")
        case .poolFull(let pool, let slots): "all \(slots) slots of the pool '\(pool)' are taken"
        case .noPool(let pool): "there is no pool '\(pool)', so it fails when it starts: commander pool set \(pool) SLOTS"
        case .noPlace(let worker): "waits for a free place on \(worker)"
        case .items(let done, let count): "\(done) of \(count.map(String.init) ?? "its") items are done"
        case .others: "runs at the end, when all other tasks are over"
        case .run: "waits for the run, which does not go on now"
        case .runAgain(let by): "runs again, as \(by) has asked, when the run has a node"
        case .ready: "may start, and does in a moment"
        case .runOver(let status): "never ran: the run is over (\(status.rawValue))"
        }
    }

    /// The reason in words, times in UTC.
    public var text: String { text { ISODate.text(of: $0) ?? "-" } }

    /// What the reason names, for programs.
    public var details: [String: Value] {
        switch self {
        case .underWay(let worker, let since): ["worker": .string(worker)].merging(Self.date("since", since)) { $1 }
        case .assigned(let worker), .nodeLost(let worker), .noPlace(let worker): ["worker": .string(worker)]
        case .noNode(let shortage): shortage.details
        case .runLimit(let limit): ["limit": .int(Int64(limit))]
        case .dagPaused(let id): ["dag": .string(id)]
        case .waitingForCommand(let kind, let by): ["command": .string(kind.rawValue), "by": .string(by)]
        case .canceling(let by, let reason): ["by": .string(by), "reason": .string(reason)]
        case .startLimit(let date), .parkedUntil(let date): Self.date("until", date)
        case .blocked(let tasks), .parents(let tasks): ["tasks": .array(tasks.map(Value.string))]
        case .unreachable(let task): ["task": .string(task)]
        case .preCheckBlock(let name): ["preCheck": .string(name)]
        case .approval(let message, let until): ["message": .string(message)].merging(Self.date("until", until)) { $1 }
        case .retryAt(let date, let reason): ["reason": .string(reason)].merging(Self.date("until", date)) { $1 }
        case .childRun(let id, let status): ["run": .string(id)].merging(status.map { ["status": .string($0.rawValue)] } ?? [:]) { $1 }
        case .poolFull(let pool, let slots): ["pool": .string(pool), "slots": .int(Int64(slots))]
        case .noPool(let pool): ["pool": .string(pool)]
        case .items(let done, let count): ["done": .int(Int64(done))].merging(count.map { ["count": .int(Int64($0))] } ?? [:]) { $1 }
        case .runAgain(let by): ["by": .string(by)]
        case .runOver(let status): ["status": .string(status.rawValue)]
        case .dispatch, .noLeader, .runPaused, .noDefinition, .others, .run, .ready: [:]
        }
    }

    private static func date(_ key: String, _ date: Date?) -> [String: Value] {
        date.flatMap(ISODate.text).map { [key: .string($0)] } ?? [:]
    }

    /// At most ten names, so that a line stays one.
    private static func list(_ ids: [String]) -> String {
        let more = ids.count > 10 ? " and \(ids.count - 10) more" : ""
        return ids.prefix(10).map { "'\($0)'" }.joined(separator: ", ") + more
    }

    private static func approval(_ message: String, _ until: String?) -> String {
        "waits for somebody's decision" + (until.map { " (at the latest \($0))" } ?? "") + (message.isEmpty ? "" : ": \(message)")
    }
}

extension NodeShortage {
    var details: [String: Value] {
        switch self {
        case .noNodes, .allDraining, .together, .full: [:]
        case .actions(let names): ["actions": .array(names.map(Value.string))]
        case .flows(let names): ["flows": .array(names.map(Value.string))]
        case .labels(let labels): ["labels": .object(labels.mapValues(Value.string))]
        }
    }
}
