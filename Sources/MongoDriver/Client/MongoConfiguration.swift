/// How to reach MongoDB, and how much of it to use.
///
/// The URL should name the replica set (`mongodb://host1,host2/database?replicaSet=rs0`), so that the driver finds the primary and follows it.
/// A URL of a single host without `replicaSet` talks to that host only and works while it is the primary.
///
/// Fixed by the driver: write concern majority with journal, read preference primary, read concern majority, retryable reads and writes.
/// Options of the URL that contradict this, or size the connection pool (which follows from the lanes), are refused.
/// `serverSelectionTimeoutMS`, `connectTimeoutMS` and `socketTimeoutMS` in the URL win over the values here; `heartbeatFrequencyMS` is 2,000 unless
/// the URL says otherwise.
///
/// libmongoc starts threads at the first operation. Never `fork` without `exec` after that: start processes with posix_spawn or Subprocess.
public struct MongoConfiguration: Sendable {
    /// `mongodb://` or `mongodb+srv://`.
    public var url: String
    /// What the server's log and `currentOp` call this client; at most 128 bytes.
    public var applicationName = "swiftflow"
    /// Threads, and connections, of the normal lane; 1 to 64.
    public var normalThreads = 4
    /// Threads, and connections, of the vital lane; 1 to 16.
    public var vitalThreads = 1
    /// How many operations of one lane may wait for a thread; beyond it they fail at once with `.overloaded`. 1 to 100,000.
    public var queueLimit = 1_024
    /// How many wake-up streams may be open at once, each with a thread and a connection; 0 to 64.
    public var maximumStreams = 4
    /// How long the server lets a stream wait for an insert before it answers with none, and so how often a stream on which nothing happens asks; a collection that is dropped is noticed then.
    /// Three quarters of the socket timeout where that is less. 0.1 to 300 s.
    public var streamWait: Duration = .seconds(15)
    /// How long to look for a suitable server; 0.1 to 300 s.
    public var serverSelectionTimeout: Duration = .seconds(5)
    /// How long a TCP (and TLS) connection may take; 0.1 to 300 s.
    public var connectTimeout: Duration = .seconds(5)
    /// How long to wait for an answer before the connection counts as failed; 3 s to 1 h, and longer than ``operationTimeLimit``.
    public var socketTimeout: Duration = .seconds(20)
    /// The server's own time limit for a read, a findAndModify, and for a write to become durable; 0.1 s to 1 h.
    public var operationTimeLimit: Duration = .seconds(10)
    /// The largest result of one find or aggregate, in bytes; beyond it the call fails with `.tooLarge`. 16 MiB to 2 GiB.
    public var maximumResultBytes = 256 << 20

    /// How durable a write is before it counts as done. Not public: only the test that shows what the majority is good for turns it down.
    package var durability = Durability.majority

    package enum Durability: Sendable {
        /// In the journal of most members: no failover takes it back.
        case majority
        /// In the primary's journal: a failover may take it back.
        case primaryOnly
    }

    public init(url: String) {
        self.url = url
    }

    /// Throws unless every value is in its range and the URL can be used. Does not connect.
    public func validate() throws(MongoError) {
        try validateRanges()
        _ = try MongoURL(self)
    }

    /// The database that the URL's path names, else `swiftflow`.
    public var defaultDatabase: String {
        get throws(MongoError) {
            try MongoURL(self).database ?? "swiftflow"
        }
    }

    func validateRanges() throws(MongoError) {
        try require("normalThreads", normalThreads, in: 1...64)
        try require("vitalThreads", vitalThreads, in: 1...16)
        try require("queueLimit", queueLimit, in: 1...100_000)
        try require("maximumStreams", maximumStreams, in: 0...64)
        try require("streamWait", streamWait, in: .milliseconds(100) ... .seconds(300))
        try require("serverSelectionTimeout", serverSelectionTimeout, in: .milliseconds(100) ... .seconds(300))
        try require("connectTimeout", connectTimeout, in: .milliseconds(100) ... .seconds(300))
        try require("socketTimeout", socketTimeout, in: .seconds(3) ... .seconds(3600))
        try require("operationTimeLimit", operationTimeLimit, in: .milliseconds(100) ... .seconds(3600))
        try require("maximumResultBytes", maximumResultBytes, in: 16 << 20...2 << 30)
        guard applicationName.utf8.count <= 128, !applicationName.utf8.contains(0) else {
            throw MongoError(.invalidConfiguration, "applicationName must have at most 128 bytes and no zero byte")
        }
    }

    private func require<T: Comparable>(_ name: String, _ value: T, in range: ClosedRange<T>) throws(MongoError) {
        guard range.contains(value) else {
            throw MongoError(.invalidConfiguration, "\(name) is \(value); it must be in \(range.lowerBound)...\(range.upperBound)")
        }
    }

    var maximumClients: Int {
        // A stream that ends borrows one more, to tell the server.
        normalThreads + vitalThreads + 2 * maximumStreams
    }
}

extension Duration {
    /// Whole milliseconds, clamped to what libmongoc and the server take.
    var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? .max : Int32(clamping: product + attoseconds / 1_000_000_000_000_000)
    }
}
