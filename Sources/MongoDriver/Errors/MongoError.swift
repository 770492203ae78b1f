/// What went wrong between this process and MongoDB.
///
/// Three questions matter to a caller: may I try again (``isTransient``), did it happen (``outcome``), is the program wrong (``isBug``).
/// After ``Outcome-swift.enum/unknown`` read back by the fencing token, or send the same idempotent write again. No message contains credentials.
public struct MongoError: Error, Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        /// The URL cannot be parsed, or asks for something that this driver does not allow.
        case invalidURL
        /// A value of ``MongoConfiguration`` is out of its range.
        case invalidConfiguration
        /// The call's arguments make no sense; nothing was sent.
        case invalidArgument
        /// A host name of the URL is not known.
        case nameResolution
        /// No TCP connection could be made: most often nothing listens on the port.
        case connectionRefused
        /// No suitable server was found in time.
        case serverSelection
        /// The server does not accept the credentials.
        case authentication
        /// The user may not do this, or the server wants a user and the URL names none.
        case unauthorized
        /// The server is not a member of a replica set, or is one that cannot be used.
        case unsuitableServer
        /// The connection failed while a request was under way.
        case network
        /// No pooled client was free in time.
        case poolTimeout
        /// The lane's queue is full.
        case overloaded
        /// The client was closed.
        case closed
        /// The server stopped being the primary, or is shutting down.
        case notPrimary
        case duplicateKey
        /// Another transaction changed the same document.
        case writeConflict
        /// The server gave up at its time limit.
        case timeout
        /// The write was done at the primary, but is not known to be as durable as asked for.
        case writeConcern
        /// The server has no room left on its disk.
        case diskFull
        /// The server refused the command.
        case command
        /// Bytes are not BSON, or an answer is not what the protocol foresees.
        case malformed
        /// The result has more bytes than allowed.
        case tooLarge
    }

    /// What became of the write that failed.
    public enum Outcome: Sendable, Hashable {
        case applied
        case notApplied
        /// It may have been applied, may be in parts, or may still be taken back.
        case unknown
    }

    public let kind: Kind
    /// The server's or libmongoc's code; 0 where there is none.
    public let code: Int
    /// The server's error labels.
    public let labels: [String]
    public let message: String
    /// The name that was given to ``MongoClient/run(_:lane:_:)`` and the verb, such as `claim: findAndModify`.
    public let operation: String
    public let namespace: Namespace?
    public let outcome: Outcome

    public init(
        _ kind: Kind, _ message: String, code: Int = 0, labels: [String] = [], operation: String = "", namespace: Namespace? = nil,
        outcome: Outcome = .notApplied
    ) {
        self.kind = kind
        self.code = code
        self.labels = labels
        self.message = message
        self.operation = operation
        self.namespace = namespace
        self.outcome = outcome
    }

    /// Whether the same call may succeed when it is made again later. Says nothing about whether it already did: see ``outcome``.
    public var isTransient: Bool {
        switch kind {
        case .network, .serverSelection, .connectionRefused, .nameResolution, .poolTimeout, .overloaded, .notPrimary, .writeConflict,
            .timeout, .writeConcern, .diskFull:
            true
        default:
            labels.contains("TransientTransactionError") || labels.contains("RetryableWriteError")
        }
    }

    public var isDuplicateKey: Bool {
        kind == .duplicateKey
    }

    /// Whether the program asked for something that can never work.
    public var isBug: Bool {
        kind == .invalidArgument || kind == .malformed || (kind == .command && ServerCode.isProgramMistake(code))
    }

    func with(outcome: Outcome) -> MongoError {
        MongoError(kind, message, code: code, labels: labels, operation: operation, namespace: namespace, outcome: outcome)
    }

    func prefixed(by name: String) -> MongoError {
        let operation = operation.isEmpty ? name : "\(name): \(operation)"
        return MongoError(kind, message, code: code, labels: labels, operation: operation, namespace: namespace, outcome: outcome)
    }
}

extension MongoError: CustomStringConvertible {
    public var description: String {
        let place = [operation, namespace.map(\.description) ?? ""].filter { !$0.isEmpty }.joined(separator: " on ")
        let number = code == 0 ? "" : " (code \(code))"
        return "MongoDB \(kind.rawValue)\(place.isEmpty ? "" : " in \(place)"): \(message)\(number)"
    }
}
