import Workflow

extension Commander {
    /// Stops the DAGs that come from files of a directory that are not among `files`.
    /// - Parameter onStop: called for each that was stopped.
    func stopDags(of directory: String, except files: Set<String>, onStop: (DagRecord) -> Void) async throws {
        var after: String?
        while true {
            let page = try await store.dags(after: after, limit: 100)
            for record in page {
                guard let origin = record.origin, origin.directory == directory, !origin.file.isEmpty, !files.contains(origin.file) else {
                    continue
                }
                var state = record.state
                (state.status, state.origin) = (.stopped, DagOrigin(directory: directory, file: ""))
                // Whoever changed it in between has a say; the next look sees what became of it.
                if case .applied = try await store.set(state, of: record.dag.id, expectedRevision: record.revision) { onStop(record) }
            }
            guard page.count == 100 else { return }
            after = page.last?.dag.id
        }
    }
}
