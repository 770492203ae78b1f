import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `onWorkerLost: fail`: the attempt is claimed in the run's document, durable, before the action begins.
@Suite("Tasks that run at most once")
struct AtMostOnceTests {
    private let dag = Dag(
        id: "d",
        tasks: [
            .init(id: "once", actionName: "a", onWorkerLost: .fail), .init(id: "again", actionName: "a"),
            .init(id: "after", actionName: "a", dependOn: ["once"]),
        ])
    private let now = Date(timeIntervalSince1970: 1_000)

    private func instance(epoch: Int64 = 1, claims: [String: Int] = [:]) -> DagInstance {
        DagInstance(
            id: "run", dagId: "d", dagVersion: "v", status: .scheduled, worker: "w", session: "s", version: RecordVersion(epoch: epoch),
            runEpoch: epoch, claims: claims, createdAt: now)
    }

    private func started(_ effects: [InstanceMachine.Effect]) -> [Int] {
        effects.compactMap { if case .start(let number, _) = $0 { number } else { nil } }
    }

    private func recorded(_ effects: [InstanceMachine.Effect]) -> DagInstance? {
        effects.compactMap { if case .recordInstance(let instance) = $0 { instance } else { nil } }.last
    }

    @Test("it begins only when its claim is durable; others do not wait for it")
    func claimFirst() throws {
        var machine = try InstanceMachine(instance: instance(), dag: dag, worker: "w")
        let effects = machine.handle(.begin, at: now)
        #expect(started(effects) == [1])
        let claim = try #require(recorded(effects))
        #expect(claim.claims == ["once": 1])
        #expect(started(machine.handle(.instanceRecorded(RecordVersion(rawValue: claim.version.rawValue - 1)), at: now)).isEmpty)
        #expect(started(machine.handle(.instanceRecorded(claim.version), at: now)) == [0])
        #expect(started(machine.handle(.instanceRecorded(claim.version), at: now)).isEmpty, "once")
    }

    @Test("one that was claimed and has no end has failed for the next owner, and what depends on it does not run")
    func lost() throws {
        var machine = try InstanceMachine(instance: instance(epoch: 2, claims: ["once": 1]), dag: dag, worker: "w")
        let effects = machine.handle(.begin, at: now)
        #expect(started(effects) == [1])
        let document = try #require(effects.compactMap { if case .recordTask(0, let task, _) = $0 { task } else { nil } }.first)
        #expect(document.status == .failed && document.attempt == 1 && document.reason.contains("onWorkerLost"))
    }

    @Test("one that was claimed and has its end keeps it")
    func ended() throws {
        let end = TaskInstance(
            dagInsId: "run", dagId: "d", taskId: "once", actionName: "a", status: .success, version: RecordVersion(epoch: 2, counter: 3),
            worker: "w")
        var machine = try InstanceMachine(instance: instance(epoch: 2, claims: ["once": 1]), dag: dag, documents: [end], worker: "w")
        #expect(Set(started(machine.handle(.begin, at: now))) == [1, 2])
        #expect(machine.status(of: 0) == .success)
    }

    @Test("a claim whose action never began is taken back when the run is handed back; one that began is not", arguments: [false, true])
    func handedBack(hasBegun: Bool) throws {
        let dag = Dag(id: "d", tasks: [.init(id: "once", actionName: "a", onWorkerLost: .fail)])
        var machine = try InstanceMachine(instance: instance(), dag: dag, worker: "w")
        let claim = try #require(recorded(machine.handle(.begin, at: now)))
        #expect(started(machine.handle(.instanceRecorded(claim.version), at: now)) == [0])
        if hasBegun { _ = machine.handle(.taskStarted(0), at: now) }
        _ = machine.handle(.handBack, at: now)
        let last = try #require(recorded(machine.handle(.taskAbandoned(0), at: now)))
        #expect(last.status == .`init` && last.claims == (hasBegun ? ["once": 1] : [:]))
    }

    @Test("a node that stops while a claim is on its way does not begin")
    func stopsMeanwhile() throws {
        let dag = Dag(id: "d", tasks: [.init(id: "once", actionName: "a", onWorkerLost: .fail)])
        var machine = try InstanceMachine(instance: instance(), dag: dag, worker: "w")
        let claim = try #require(recorded(machine.handle(.begin, at: now)))
        #expect(machine.handle(.handBack, at: now).isEmpty)
        let effects = machine.handle(.instanceRecorded(claim.version), at: now)
        #expect(started(effects).isEmpty)
        #expect(recorded(effects)?.claims == [:] && recorded(effects)?.status == .`init`)
    }

    @Test("a claim that the store refuses fails its task, which never begins, and keeps nobody waiting")
    func refused() throws {
        let dag = Dag(id: "d", tasks: [.init(id: "once", actionName: "a", onWorkerLost: .fail)])
        var machine = try InstanceMachine(instance: instance(), dag: dag, worker: "w")
        let claim = try #require(recorded(machine.handle(.begin, at: now)))
        let effects = machine.handle(.instanceRefused(claim.version, reason: "too large"), at: now)
        let end = try #require(effects.compactMap { if case .recordTask(0, let task, _) = $0 { task } else { nil } }.first)
        #expect(end.status == .failed && end.reason.contains("too large") && started(effects).isEmpty)
        let last = try #require(recorded(machine.handle(.taskRecorded(0, end.version), at: now)))
        #expect(last.status == .failed && last.claims.isEmpty)
    }

    @Test("onWorkerLost is read from YAML, and a misspelt value is a mistake with its place")
    func yaml() throws {
        let good = DagParser.parse(
            "id: d\ntasks:\n- {id: a, action: print, onWorkerLost: fail}\n- {id: b, action: print}\n", file: "d.yaml")
        #expect(good.dag?.tasks.map(\.onWorkerLost) == [.fail, nil])
        let bad = DagParser.parse("id: d\ntasks:\n- {id: a, action: print, onWorkerLost: fails}\n", file: "d.yaml")
        #expect(
            bad.problems.map(\.description).joined().contains("d.yaml:3:40: error: 'onWorkerLost' of a task must be 'rerun' or 'fail'"),
            "\(bad.problems)")
    }
}
