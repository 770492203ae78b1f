public import Logging
public import ServiceLifecycle
package import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One process of a cluster: a worker always, the leader at times. A `ServiceLifecycle` service that an application can embed.
///
/// `run` returns after a graceful shutdown. A node whose session is lost (it was stopped, cut off or too slow) gives up all its work and joins anew by itself.
public struct Node: Service {
    let configuration: NodeConfiguration
    let store: any Store
    let keeper: any Keeper
    let registry: ActionRegistry
    let flows: [String]
    let host: any Host
    let logger: Logger
    private let stopping: StopRequest
    private let listeners = NodeEvents()
    private let stay = CurrentStay()

    /// - Parameters:
    ///   - flows: names of the KisFlow flows that the node's kisflow action knows; dispatch requires them.
    ///   - host: the clock and chance that the node lives by; tests give others.
    /// - Throws: `NodeError` if the configuration has a value that makes no sense.
    public init(
        configuration: NodeConfiguration, store: any Store, keeper: any Keeper, registry: ActionRegistry, flows: [String] = [],
        host: any Host = SystemHost(), logger: Logger = Logger(label: "swiftflow")
    ) throws(NodeError) {
        try configuration.validate()
        self.configuration = configuration
        self.store = store
        self.keeper = keeper
        self.registry = registry
        self.flows = flows
        self.host = host
        stopping = StopRequest(host)
        var logger = logger
        logger[metadataKey: "node"] = "\(configuration.key)"
        self.logger = logger
    }

    /// Joins the cluster and works until the surrounding service group shuts down.
    /// - Throws: `NodeError` where another process lives under the node's key; `StoreError` where the store will never do.
    public func run() async throws {
        defer { listeners.finish() }
        try await withGracefulShutdownHandler {
            try await run(stopping)
        } onGracefulShutdown: {
            stopping.request()
        }
    }

    /// What happens on the node from now on, until it ends. Who takes it slowly does not slow the node: of more than 4,096 events that wait the oldest are dropped.
    public func events() -> AsyncStream<NodeEvent> { listeners.listen() }

    /// Stops gracefully, as the shutdown of the surrounding service group does: running tasks may end.
    public func stop() { stopping.request() }

    /// Stops without waiting for running tasks: they are cancelled, and their runs are handed back.
    public func stopAtOnce() { stopping.request(.atOnce) }

    /// Starts a run on this node itself: no leader gives it out, and no other node begins it. For a process that is there for its own runs.
    ///
    /// Labels that its DAG asks for, limits of runs at once and pauses of the DAG do not keep it from starting; tasks that ask for labels of their own are placed as ever.
    /// - Throws: as `Commander.run`; `NodeError` where the node is not in the cluster now (`NodeEvent.joined`).
    package func start(_ request: RunRequest) async throws -> DagInstance { try await start(request, origin: nil) }

    /// Starts a run on this node itself that takes over what an earlier one has done.
    /// - Throws: as `Commander.reuse`, and as the other `start`.
    package func start(_ reuse: Reuse) async throws -> DagInstance {
        let (request, origin) = try await commander.request(reuse)
        return try await start(request, origin: origin)
    }

    private var commander: Commander { Commander(store: store, keeper: keeper, host: host) }

    private func start(_ request: RunRequest, origin: RunOrigin?) async throws -> DagInstance {
        guard let stay = stay.current else {
            throw NodeError("the node '\(configuration.key)' is not in the cluster, so it cannot start a run")
        }
        let run = try await commander.run(request, origin: origin, owner: (configuration.key, stay.session))
        stay.hint([run.id])
        return run
    }

    /// Works until it is told to stop.
    func run(_ stopping: StopRequest) async throws {
        var wasDraining = false
        while !stopping.isRequested, let session = try await join(stopping) {
            do {
                session.isDraining = wasDraining
                let run = NodeRun(self, session, stopping)
                stay.begins(session.id, hint: run.hint)
                defer { stay.ends() }
                listeners.tell(.joined(session: session.id))
                try await run.run()
                return
            } catch let lost as SessionLost {
                wasDraining = session.isDraining
                listeners.tell(.sessionLost(session: session.id))
                logger.error("the session is lost, joining anew", metadata: ["reason": "\(lost)", "session": "\(session.id)"])
                // Everything of it has been given up, so nobody has to wait for its lease, this node least of all. What cannot be said now the lease says.
                try? await keeper.leave(key: session.key, session: session.id)
            }
        }
    }

    var description: NodeDescription {
        NodeDescription(
            key: configuration.key, actions: registry.names, flows: flows.sorted(), capacity: configuration.capacity,
            labels: configuration.labels,
            host: ProcessInfo.processInfo.hostName, pid: Int(ProcessInfo.processInfo.processIdentifier))
    }

    /// Takes the place under the node's key. One whose holder has died is waited for until its lease has run out; a holder that is seen to renew is alive, and the node is refused.
    private func join(_ stopping: StopRequest) async throws -> NodeSession? {
        let rules = LeaseRules(ttl: configuration.leaseTTL)
        var id = host.randomID()
        var previous: String?
        var backoff = Backoff(host)
        var seen: (holder: NodeStatus, answered: ContinuousClock.Instant)?
        while !stopping.isRequested {
            do {
                let sent = host.now
                switch try await keeper.join(description, session: id, replacing: previous, ttl: configuration.leaseTTL) {
                case .joined(let serverTime):
                    // A join whose answer took most of a lease is sent again for the same session, which extends it.
                    guard host.now < sent + rules.ttl / 2 else { continue }
                    logger.notice("joined", metadata: ["session": "\(id)"])
                    return NodeSession(
                        id: id, key: configuration.key, rules: rules, joinSent: sent, serverTime: serverTime, host: host,
                        events: listeners)
                case .ended: id = host.randomID()
                case .taken(let holder) where (!holder.isAlive || holder.isExpired) && holder.session != previous:
                    previous = holder.session
                    // An earlier request may have had its time under the old id without our knowing.
                    id = host.randomID()
                case .taken(let holder):
                    if let seen, holder.session != seen.holder.session || hasRenewed(holder, asked: sent, since: seen) {
                        throw keyTaken(holder)
                    }
                    if seen == nil {
                        logger.notice(
                            "the key belongs to another session, waiting for its lease to end",
                            metadata: ["left": "\(holder.secondsLeft) s"])
                    }
                    seen = seen ?? (holder, host.now)
                    await stopping.wait(atMost: min(.seconds(max(holder.secondsLeft, 0)) + .milliseconds(50), rules.renewalInterval))
                }
            } catch let error as StoreError where error.isTransient {
                logger.warning("the store cannot be reached, trying again", metadata: ["error": "\(error)"])
                await stopping.wait(atMost: backoff.step())
            }
            try Task.checkCancellation()
        }
        return nil
    }

    /// A lease that has more left than it could have by itself was renewed. Only the time that has certainly passed at the server is counted: from the first answer to the second question.
    private func hasRenewed(
        _ holder: NodeStatus, asked: ContinuousClock.Instant, since seen: (holder: NodeStatus, answered: ContinuousClock.Instant)
    ) -> Bool {
        let elapsed = (asked - seen.answered).components
        let most = seen.holder.secondsLeft - Double(elapsed.seconds) - Double(elapsed.attoseconds) / 1e18
        return holder.secondsLeft > most + 0.05
    }

    private func keyTaken(_ holder: NodeStatus) -> NodeError {
        NodeError(
            "a node with the key '\(configuration.key)' is alive already (host \(holder.node.host), pid \(holder.node.pid)); give this one another key, or stop that one first",
            isKeyTaken: true)
    }
}
