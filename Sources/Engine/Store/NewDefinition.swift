public import Workflow

/// A definition that is to become the current one of its id.
public struct NewDefinition: Sendable, Hashable {
    public var dag: Dag
    /// Content hash; key of the version that is kept.
    public var version: String
    /// Where the definition comes from: a file's path, or who applies it.
    public var source: String

    public init(dag: Dag, version: String, source: String) {
        self.dag = dag
        self.version = version
        self.source = source
    }
}

extension Store {
    /// One after the other, for stores to which a request costs nothing.
    public func apply(_ definitions: [NewDefinition], onlyUnknown: Bool) async throws -> [Result<ApplyOutcome?, StoreError>] {
        var outcomes: [Result<ApplyOutcome?, StoreError>] = []
        for new in definitions {
            do {
                let current = try await dag(id: new.dag.id)
                if onlyUnknown, current != nil, try await dagVersion(id: new.dag.id, version: new.version) != nil {
                    outcomes.append(.success(nil))
                } else {
                    let outcome = try await apply(
                        new.dag, version: new.version, source: new.source, expectedRevision: current?.revision)
                    outcomes.append(.success(outcome))
                }
            } catch let error as StoreError {
                outcomes.append(.failure(error))
            }
        }
        return outcomes
    }
}
