public import Workflow

/// A definition that is to become the current one of its id.
public struct NewDefinition: Sendable, Hashable {
    public var dag: Dag
    /// Content hash; key of the version that is kept.
    public var version: String
    /// Where the definition comes from: a file's path, or who applies it.
    public var source: String
    /// The file that keeps it current; `nil` where somebody applies it by hand, which leaves the origin that there is.
    public var origin: DagOrigin?

    public init(dag: Dag, version: String, source: String, origin: DagOrigin? = nil) {
        self.dag = dag
        self.version = version
        self.source = source
        self.origin = origin
    }

    /// Why a file must not change the definition that there is: it is another directory's, or was applied by hand. `nil` if it may.
    public func refusal(current origin: DagOrigin?, source: String) -> StoreError? {
        guard let own = self.origin, origin?.directory != own.directory, origin?.file.isEmpty != true else { return nil }
        let owner = origin.map { "comes from \($0.directory)/\($0.file)" } ?? "was applied by hand (\(source))"
        return StoreError(
            .refused,
            "the DAG '\(dag.id)' \(owner), so the file \(own.directory)/\(own.file) does not change it; give the file's DAG another id, or remove the file"
        )
    }

    /// What holds once this is current.
    public func state(after current: DagState?) -> DagState {
        DagState(status: dag.status, isPaused: current?.isPaused ?? false, origin: origin ?? current?.origin)
    }

    /// Whether a file has come back whose removal stopped the DAG: then it is applied, known or not.
    public func revives(_ current: DagOrigin?) -> Bool { origin != nil && current?.file.isEmpty == true }
}
