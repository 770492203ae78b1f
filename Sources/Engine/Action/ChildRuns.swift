import Workflow

/// What actions need of other runs: to start them, and to see what became of them.
final class ChildRuns: Sendable {
    let store: any Store
    let keeper: any Keeper

    init(store: any Store, keeper: any Keeper) {
        self.store = store
        self.keeper = keeper
    }

    /// Submits a run; one that is there already is left as it is.
    func submit(_ instance: DagInstance) async throws {
        _ = try await store.submit(instance)
        await keeper.signal([.dispatch])
    }
}
