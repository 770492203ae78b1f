/// Which threads carry out an operation.
public enum Lane: Sendable, Hashable {
    /// Everything that can wait for its turn.
    case normal
    /// Lease renewal and leadership: threads and connections of their own, so that no slow query delays them. Keep these operations short.
    case vital
}
