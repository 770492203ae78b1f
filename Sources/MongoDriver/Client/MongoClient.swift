import BSON
public import Logging
import Synchronization

/// The door to MongoDB: carries out closures on threads of its own, lending each a connection.
///
/// There are exactly as many connections as threads, so that nothing ever waits for a connection. Close it with ``close()``; a client that is dropped
/// without closes itself in the background.
public final class MongoClient: Sendable {
    /// The database that the URL names, else `swiftflow`.
    public let defaultDatabase: String

    let logger: Logger
    let pool: ClientPool
    private let normal: BlockingPool
    private let vital: BlockingPool
    let settings: ConnectionSettings

    /// Checks the configuration and starts the threads. Connects at the first operation: see ``requireReplicaSet()``.
    public init(_ configuration: MongoConfiguration, logger: Logger = Logger(label: "swiftflow.mongo")) throws(MongoError) {
        self.logger = logger
        defaultDatabase = try configuration.defaultDatabase
        settings = ConnectionSettings(configuration)
        pool = try ClientPool(configuration)
        normal = BlockingPool(name: "mongo-normal", threads: configuration.normalThreads, queueLimit: configuration.queueLimit)
        vital = BlockingPool(name: "mongo-vital", threads: configuration.vitalThreads, queueLimit: configuration.queueLimit)
        for _ in 0..<configuration.normalThreads + configuration.vitalThreads { _ = pool.enter() }
        for lane in [normal, vital] { lane.start(exit: pool.leave) }
    }

    deinit {
        shutDown()
    }

    /// Runs `body` on a thread of the lane with a connection of its own, and returns what it returns.
    ///
    /// `operation` names the call in logs and errors. The body is synchronous, so that nothing can suspend while it holds the connection.
    /// Throws `MongoError` or what the body throws; `.overloaded` at once when the lane's queue is full; `CancellationError` when the task is
    /// cancelled before the body begins, unless it is to run `evenIfCancelled`: for what gives something back. A body that has begun runs to its end, which the socket timeout bounds.
    public func run<R: Sendable>(
        _ operation: String, lane: Lane = .normal, evenIfCancelled: Bool = false,
        _ body: @escaping @Sendable (borrowing Connection) throws -> R
    ) async throws -> R {
        let queued = ContinuousClock.now
        let threads = lane == .vital ? vital : normal
        do {
            let (result, began) = try await threads.run(evenIfCancelled: evenIfCancelled) { [pool, settings] in
                let began = ContinuousClock.now
                return try (pool.withClient { try body(Connection(client: $0, session: nil, settings: settings)) }, began)
            }
            logger.trace("\(operation) took \(began.duration(to: .now)) after \(queued.duration(to: began)) in the queue")
            return result
        } catch let error as MongoError {
            let named = error.prefixed(by: operation)
            logger.debug("after \(queued.duration(to: .now)): \(named), outcome \(named.outcome)")
            throw named
        }
    }

    /// Connects, and throws unless the server is a usable member of a replica set: a standalone server has no retryable writes, no majority and
    /// no transactions.
    public func requireReplicaSet() async throws {
        try await run("connect", lane: .vital) { connection in
            try ServerCheck(connection.command("admin", ["hello": 1], isRead: true)).require()
        }
    }

    /// Refuses new operations, lets those that have begun finish, ends the wake-up streams, and closes all connections. Returns when all that is done;
    /// bounded by the socket timeout plus the time for server selection.
    public func close() async {
        shutDown()
        await pool.waitUntilDestroyed()
    }

    private func shutDown() {
        pool.beginClosing()
        normal.shutDown()
        vital.shutDown()
    }
}
