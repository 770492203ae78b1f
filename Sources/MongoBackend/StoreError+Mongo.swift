import Engine
import MongoDriver
import Records

extension StoreError {
    /// What a driver's error means for the engine.
    init(_ error: MongoError) {
        let kind: Kind =
            switch error.kind {
            case .invalidURL, .invalidConfiguration, .unsuitableServer: .misconfigured
            case .authentication, .unauthorized: .unauthorized
            case .nameResolution, .connectionRefused, .serverSelection, .network, .poolTimeout, .overloaded, .closed, .notPrimary, .timeout,
                .writeConcern:
                .unavailable
            default: error.isTransient ? .unavailable : .refused
            }
        self.init(kind, error.description, outcome: error.outcome == .notApplied ? .notApplied : .unknown)
    }

    /// Any error that a call of the driver can end with.
    static func of(_ error: any Error) -> StoreError {
        error as? StoreError ?? (error as? MongoError).map { StoreError($0) } ?? StoreError(.unavailable, "\(error)", outcome: .unknown)
    }

    /// Runs `body`, with driver errors translated.
    static func translating<R: Sendable>(_ body: () async throws -> R) async throws -> R {
        do { return try await body() } catch let error as MongoError { throw StoreError(error) }
    }
}
