import Synchronization

/// What a function keeps from batch to batch of one run.
protocol FoldState: Sendable {
    /// The state for a checkpoint; `nil` when its type cannot be written.
    func saved() throws -> FieldValue?
    func restore(_ saved: FieldValue) throws
}

/// The state of a fold. Taken out while it changes, so that it is never copied; calls come one after the other.
final class Fold<State: Sendable>: FoldState {
    typealias Save = @Sendable (State) throws -> FieldValue
    typealias Restore = @Sendable (FieldValue) throws -> State

    private let initial: @Sendable () -> State
    private let codec: (save: Save, restore: Restore)?
    private let state = Mutex<State?>(nil)

    init(_ initial: @escaping @Sendable () -> State, codec: (save: Save, restore: Restore)?) {
        self.initial = initial
        self.codec = codec
    }

    /// Changes the state.
    ///
    /// - Parameter keepsOld: whether the state stays as it was when `body` throws; costs a copy where the state is changed in place.
    func update(keepsOld: Bool, _ body: (inout State) async throws -> Void) async throws {
        var current = take()
        let old = keepsOld ? current : nil
        do {
            try await body(&current)
            put(current)
        } catch {
            put(old ?? current)
            throw error
        }
    }

    func take() -> State {
        state.withLock { state in
            defer { state = nil }
            return state
        } ?? initial()
    }

    private func put(_ new: State) {
        state.withLock { $0 = new }
    }

    func saved() throws -> FieldValue? {
        guard let codec else { return nil }
        let current = take()
        defer { put(current) }
        return try codec.save(current)
    }

    func restore(_ saved: FieldValue) throws {
        guard let codec else { return }
        put(try codec.restore(saved))
    }
}

extension Fold where State: Codable {
    /// A state that checkpoints keep.
    convenience init(codable initial: @escaping @Sendable () -> State) {
        self.init(
            initial,
            codec: (
                save: { try RowCodec().row(FieldValue.self, from: RowCodec().bytes(of: Kept(state: $0))) },
                restore: { try RowCodec().row(Kept<State>.self, from: RowCodec().bytes(of: $0)).state }
            ))
    }
}

/// Around the state, which may be a text or a number.
private struct Kept<State: Codable>: Codable {
    let state: State
}
