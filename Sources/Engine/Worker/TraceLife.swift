import Synchronization

/// Whether an attempt has said something yet, and whether it still may. An attempt that says nothing costs its trace nothing but this.
final class TraceLife: Sendable {
    private static let (silent, speaking, over): (UInt8, UInt8, UInt8) = (0, 1, 2)
    private let phase = Atomic(TraceLife.silent)
    private let hasWarned = Atomic(false)
    /// The number of the first chunk: an attempt that waited and was called again goes on behind what it said before.
    let firstSeq: Int

    init(firstSeq: Int = 0) { self.firstSeq = firstSeq }

    /// Nothing more is taken.
    var isOver: Bool { phase.load(ordering: .acquiring) == Self.over }

    /// Something is about to be said.
    /// - Returns: whether it may be.
    func speaks() -> Bool {
        phase.compareExchange(expected: Self.silent, desired: Self.speaking, ordering: .acquiringAndReleasing).original != Self.over
    }

    /// The attempt ends. One that was silent is over at once.
    /// - Returns: whether it has said something, so that it must be made over (`finish`) where its lines are.
    func ends() -> Bool {
        phase.compareExchange(expected: Self.silent, desired: Self.over, ordering: .acquiringAndReleasing).original == Self.speaking
    }

    func finish() { phase.store(Self.over, ordering: .releasing) }

    /// True the first time only.
    func isFirstWarning() -> Bool { !hasWarned.exchange(true, ordering: .relaxed) }
}
