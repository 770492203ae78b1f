/// How a process ended, and the ends of what it wrote.
struct ProcessResult: Sendable {
    enum Ending: Sendable, Equatable {
        case exited(Int32)
        case signaled(Int32)
    }

    var ending: Ending
    var output: OutputTail
    var errors: OutputTail
    /// It was told to stop.
    var wasStopped: Bool
}
