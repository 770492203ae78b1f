#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension InstanceMachine {
    /// The list of a fan-out is found and written down, before any item starts.
    mutating func openFan(_ number: Int, at now: Date, _ effects: inout [Effect]) {
        guard let forEach = graph.tasks[number].forEach else { return }
        let values: [Value]
        if let fan = fans[number], (fan.base..<fan.base + fan.values.count).contains(where: { tasks[$0].status != .`init` }) {
            // A retry: what is finished stays, and the list with it.
            values = fan.values
        } else {
            do throws(TemplateError) { values = try listed(forEach, number) } catch {
                return finish(number, .failed, reason: error.description, at: now, &effects)
            }
        }
        if let excess = Self.excess(of: values) { return finish(number, .failed, reason: excess, at: now, &effects) }
        tasks[number].attempt += 1
        tasks[number].startedAt = now
        open(number, values)
        fans[number]?.isOpen = true
        tasks[number].status = .running
        guard !values.isEmpty else { return closeFan(number, at: now, &effects) }
        record(document(number, status: .running), number, &effects)
        fans[number]?.listVersion = version
        unrecorded += 1
    }

    /// Another owner has opened fan-outs: their items that wait, or were at work, are among those under way.
    mutating func countItems() {
        for (number, fan) in fans where fan.isOpen {
            for item in fan.base..<fan.base + fan.values.count {
                // One that was lost, or blocked and continued, goes on.
                let goesOn = extras[item].map { $0.wasLost || $0.isContinued } ?? false
                guard tasks[item].status == .`init` ? goesOn : !tasks[item].status.isFinal else { continue }
                items[item - graph.count].isCounted = true
                fans[number]?.underWay += 1
            }
        }
    }

    /// Ends those in which an item has failed while the former owner was there.
    mutating func stopBrokenFans(at now: Date, _ effects: inout [Effect]) {
        for number in fans.keys.sorted() {
            guard let fan = fans[number], fan.isOpen, fan.stop == nil, isFailFast(number) else { continue }
            let failed = (fan.base..<fan.base + fan.values.count).first {
                tasks[$0].finalVersion == nil && (tasks[$0].status == .failed || tasks[$0].status == .canceled)
            }
            if let failed { stopFan(number, after: failed, at: now, &effects) }
        }
    }

    /// Items that were blocked or held, and may go on now.
    mutating func resumeItems(of number: Int, at now: Date, _ effects: inout [Effect]) {
        guard let fan = fans[number], fan.stop == nil, fan.underWay > 0 else { return }
        for item in fan.base..<fan.base + fan.values.count where items[item - graph.count].isCounted {
            makeReady(item, at: now, &effects)
        }
    }

    /// The list is durable: its items may start.
    mutating func listRecorded(_ number: Int, at now: Date, _ effects: inout [Effect]) {
        fans[number]?.listVersion = nil
        unrecorded -= 1
        startItems(of: number, at: now, &effects)
    }

    private func isFailFast(_ number: Int) -> Bool { (graph.tasks[number].forEach?.onFailure ?? .failFast) == .failFast }

    private func listed(_ forEach: ForEach, _ number: Int) throws(TemplateError) -> [Value] {
        let value = try forEach.items.rendered(in: scope(for: number))
        if let list = value.arrayValue { return list }
        throw TemplateError(
            template: forEach.items.stringValue ?? "forEach", message: "forEach needs a list, and this is \(value.kindName)")
    }

    /// What is wrong with a list, if it is too long or too large.
    private static func excess(of values: [Value]) -> String? {
        if values.count > ForEach.defaultMaxItems {
            return "forEach: the list has \(values.count) items, the most is \(ForEach.defaultMaxItems)"
        }
        let size = values.reduce(0) { $0 + $1.approximateSize }
        guard size > outputLimit else { return nil }
        return "forEach: the list has \(size) bytes, more than the \(outputLimit) allowed; hand references on instead"
    }

    /// The most bytes of an output, or of a list of items.
    static let outputLimit = 1 << 20

    /// Makes places for the items of a fan-out, behind all that there are; items that are known keep theirs.
    mutating func open(_ number: Int, _ values: [Value]) {
        var fan = Fan(values: values, base: fans[number]?.base ?? tasks.count)
        let known = fans[number]?.values.count ?? 0
        if values.count > known {
            let former = fan.base
            fan.base = tasks.count
            for index in values.indices {
                items.append(Item(id: ForEach.itemID(graph.ids[number], index), group: number, index: index))
                tasks.append(index < known ? tasks[former + index] : TaskState())
                if index < known, let extra = extras.removeValue(forKey: former + index) { extras[fan.base + index] = extra }
            }
        }
        fans[number] = fan
        params[number] = ["items": .array(values)]
    }

    /// Starts as many items as may be under way at once.
    mutating func startItems(of number: Int, at now: Date, _ effects: inout [Effect]) {
        guard let limit = fans[number].map({ _ in graph.tasks[number].forEach?.maxParallel ?? Int.max }) else { return }
        guard tasks[number].status == .running, fans[number]?.listVersion == nil else { return }
        while let fan = fans[number], fan.isOpen, fan.stop == nil, fan.next < fan.values.count {
            let item = fan.base + fan.next
            let isNew = tasks[item].status == .`init` && !items[item - graph.count].isCounted
            guard !isNew || (fan.underWay < limit && mayStart(number)) else { break }
            fans[number]?.next += 1
            guard isNew else { continue }
            items[item - graph.count].isCounted = true
            fans[number]?.underWay += 1
            makeReady(item, at: now, &effects)
        }
        closeFanIfDone(number, at: now, &effects)
    }

    /// An item of a fan-out is over, durable.
    mutating func itemEnded(_ number: Int, at now: Date, _ effects: inout [Effect]) {
        let item = items[number - graph.count]
        guard let fan = fans[item.group], fan.isOpen, number - fan.base == item.index else { return }
        if item.isCounted {
            items[number - graph.count].isCounted = false
            fans[item.group]?.underWay -= 1
        }
        let isFailure = tasks[number].status == .failed || tasks[number].status == .canceled
        if isFailure, fan.stop == nil, isFailFast(item.group) { stopFan(item.group, after: number, at: now, &effects) }
        startItems(of: item.group, at: now, &effects)
    }

    private mutating func stopFan(_ number: Int, after item: Int, at now: Date, _ effects: inout [Effect]) {
        let reason = "item '\(id(of: item))' \(tasks[item].status == .canceled ? "was canceled" : "failed")"
        stopFan(number, Stop(status: tasks[item].status, reason: reason), because: reason, at: now, &effects)
    }

    /// Nothing more of a fan-out starts, and what is under way is canceled.
    mutating func stopFan(_ number: Int, _ stop: Stop, because reason: String, at now: Date, _ effects: inout [Effect]) {
        guard let fan = fans[number], fan.isOpen else { return }
        fans[number]?.stop = stop
        for item in fan.base..<fan.base + fan.values.count where !tasks[item].status.isFinal {
            if tasks[item].status == .`init`, items[item - graph.count].isCounted {
                finish(item, .canceled, reason: reason, at: now, &effects)
            } else {
                self.stop(item, Stop(status: .canceled, reason: reason), at: now, &effects)
            }
        }
    }

    mutating func closeFanIfDone(_ number: Int, at now: Date, _ effects: inout [Effect]) {
        // A change that is on its way may make an item run again.
        guard let fan = fans[number], fan.isOpen, fan.listVersion == nil, fan.underWay == 0, changes.isEmpty else { return }
        guard fan.stop != nil || fan.next == fan.values.count else { return }
        closeFan(number, at: now, &effects)
    }

    private mutating func closeFan(_ number: Int, at now: Date, _ effects: inout [Effect]) {
        guard let fan = fans[number] else { return }
        fans[number]?.isOpen = false
        if let stop = fan.stop { return finish(number, stop.status, reason: stop.reason, at: now, &effects) }
        let all = fan.base..<fan.base + fan.values.count
        let failed = all.filter { tasks[$0].status == .failed || tasks[$0].status == .canceled }
        guard let first = failed.first else {
            return finish(number, .success, outcome: TaskOutcome(.success, output: gathered(all)), at: now, &effects)
        }
        let isFailure = failed.contains { tasks[$0].status == .failed }
        finish(
            number, isFailure ? .failed : .canceled,
            reason:
                "\(failed.count) of \(fan.values.count) items \(isFailure ? "failed" : "were canceled"), the first is '\(id(of: first))'",
            at: now, &effects)
    }

    /// The outputs of all items as a list; `nil` where it would be too large: each is still there by itself.
    private func gathered(_ numbers: Range<Int>) -> Value? {
        let list = numbers.map { outputs[id(of: $0)] ?? .null }
        return list.reduce(0) { $0 + $1.approximateSize + 1 } > Self.outputLimit ? nil : .array(list)
    }
}
