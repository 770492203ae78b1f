import Foundation
import Synchronization

/// Carries out an attack plan on a cluster.
final class Attacker: Sendable {
    private let cluster: ChaosCluster
    private let plan: AttackPlan
    private let done = Mutex<[String: Int]>([:])

    init(_ cluster: ChaosCluster, _ plan: AttackPlan) {
        self.cluster = cluster
        self.plan = plan
    }

    func count(_ kind: String) -> Int { done.withLock { $0[kind] ?? 0 } }

    /// Runs the whole plan, and returns when every fault is mended.
    func run() async throws {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            // One after another, however long elections and restarts take: a majority of the members is always up or on its way.
            group.addTask {
                for step in self.plan.steps where step.fault.isOnReplicaSet {
                    try await Task.sleep(until: start + .seconds(step.at))
                    try await self.carryOut(step)
                }
            }
            for step in plan.steps where !step.fault.isOnReplicaSet {
                try await Task.sleep(until: start + .seconds(step.at))
                group.addTask { try await self.carryOut(step) }
            }
            try await group.waitForAll()
        }
    }

    private func carryOut(_ step: AttackPlan.Step) async throws {
        cluster.write(log: "begins: \(step)")
        try await attack(step)
        cluster.write(log: "is over: \(step)")
    }

    private func attack(_ step: AttackPlan.Step) async throws {
        switch step.fault {
        case .kill(let node, let isSameKey): try await kill(node, isSameKey: isSameKey, step.lasting)
        case .stop(let node): try await stop(node, step.lasting)
        case .cut(let node, let direction): try await cut(node, direction, step.lasting)
        case .skew(let node, let seconds):
            try cluster.writeClock(node, seconds: seconds)
            add("skews")
        case .burn: try await burn(step.lasting)
        case .stepDown: try await storeAway(step.lasting, "stepdowns") { try await self.cluster.replicas.stepDown() }
        case .killMember: try await killMember(step.lasting)
        }
    }

    private func add(_ kind: String) { done.withLock { $0[kind, default: 0] += 1 } }

    private func kill(_ node: Int, isSameKey: Bool, _ seconds: Double) async throws {
        await cluster.killNode(node)
        add("kills")
        try await Task.sleep(for: .seconds(seconds))
        let key = cluster.node(node)?.name
        try cluster.start(node, key: isSameKey ? key : cluster.newKey(node))
    }

    private func stop(_ node: Int, _ seconds: Double) async throws {
        guard let process = cluster.node(node) else { return }
        let from = Moment.now
        process.send(SIGSTOP)
        add("stops")
        try await Task.sleep(for: .seconds(seconds))
        process.send(SIGCONT)
        // What it does at once when it wakes is done under the lease that it had.
        cluster.note(.stopped, process, from: from, to: .now + 1)
    }

    private func cut(_ node: Int, _ direction: NodeNetwork.Direction, _ seconds: Double) async throws {
        guard let network = cluster.network, let process = cluster.node(node) else { return }
        let from = Moment.now
        try await network.cut(node, direction)
        add("cuts")
        try await Task.sleep(for: .seconds(seconds))
        await network.mend(node)
        cluster.note(.hindered, process, from: from, to: .now + 2)
    }

    /// More busy processes than there are processors.
    private func burn(_ seconds: Double) async throws {
        add("burns")
        let from = Moment.now
        let count = ProcessInfo.processInfo.activeProcessorCount * 2
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    let arguments = ["-c", "exec timeout \(seconds) sh -c 'while :; do :; done'"]
                    _ = try await ChildProcess.run(URL(fileURLWithPath: "/bin/sh"), arguments)
                }
            }
            try await group.waitForAll()
        }
        cluster.note(.hindered, nil, from: from, to: .now + 1)
    }

    private func storeAway(_ seconds: Double, _ kind: String, _ fault: () async throws -> Void) async throws {
        let from = Moment.now
        try await fault()
        add(kind)
        try await Task.sleep(for: .seconds(seconds))
        _ = try await cluster.replicas.awaitPrimary()
        cluster.note(.hindered, nil, from: from, to: .now + 3)
    }

    /// The primary by turns with whichever member comes first.
    private func killMember(_ seconds: Double) async throws {
        let primary = await cluster.replicas.primary() ?? 0
        let victim = count("members").isMultiple(of: 2) ? primary : (primary + 1) % cluster.replicas.members.count
        try await storeAway(seconds, "members") { try cluster.replicas.signal(victim, SIGKILL) }
        try await cluster.replicas.restart()
    }
}
