import Engine
import TestSupport
import Workflow

/// Several processes, each with its own keeper, on one backend in memory.
struct MutexTrial: Sendable {
    let backend: MemoryBackend
    let keepers: [FaultyKeeper]

    /// Processes on the real clock.
    init(processes: Int) {
        let backend = MemoryBackend()
        self.backend = backend
        keepers = (0..<processes).map { _ in FaultyKeeper(backend.keeper) }
    }

    /// Processes on a clock that the test moves.
    init(processes: Int, _ time: ManualTime) {
        let backend = MemoryBackend(clock: time.server)
        self.backend = backend
        keepers = (0..<processes).map { _ in FaultyKeeper(backend.keeper, host: time) }
    }

    /// Waits until a lock is held, or free.
    func wait(for key: String, toBeHeld isHeld: Bool) async throws {
        try await backend.wait(for: "'\(key)' to be \(isHeld ? "held" : "free")") { ($0.locks[key]?.owner != nil) == isHeld }
    }
}

/// Something that only one may use at a time, and that notices when it is used by two.
final class Shared: Sendable {
    struct State: Sendable {
        var inside = 0
        var most = 0
        var uses = 0
        var tokens: [Int64] = []
    }

    let state = Watched(State())

    /// Reads a number and writes it back increased by one, with pauses in between.
    func use(_ token: Int64, _ random: inout SeededGenerator) async {
        let uses = state.change { state in
            state.inside += 1
            state.most = max(state.most, state.inside)
            state.tokens.append(token)
            return state.uses
        }
        for _ in 0..<Int.random(in: 0..<5, using: &random) { await Task.yield() }
        state.change { state in
            state.uses = uses + 1
            state.inside -= 1
        }
    }
}

/// What a body has to wait for in a test.
final class BodyGate: Sendable {
    private let state = Watched((arrived: 0, isOpen: false))

    /// Waits for the gate to open.
    /// - Throws: `CancellationError`.
    func pass() async throws {
        state.change { $0.arrived += 1 }
        try await state.wait(for: "the gate to open", within: .seconds(60)) { $0.isOpen }
    }

    func open() { state.change { $0.isOpen = true } }

    /// Waits until somebody stands at the gate.
    func arrival(_ count: Int = 1) async throws { try await state.wait(for: "\(count) to arrive") { $0.arrived >= count } }
}
