/// Where a run stands: the function that is next and the rows that it gets. Pure; decides what every ``FlowAction`` means.
struct FlowCursor {
    enum Decision: Equatable {
        case proceed
        case completed
        /// The function gave no rows although others come after it.
        case endedEarly
        case aborted
    }

    let names: [String]
    let maximumJumps: Int
    /// The number of the function that is next.
    private(set) var step = 0
    private(set) var input: FlowRows
    private(set) var jumps = 0
    private let source: FlowRows
    /// What each function gave last, for those that are jumped back to.
    private var outputs: [FlowRows?]

    /// - Parameter start: the number of the function that comes first.
    init(names: [String], source: FlowRows, maximumJumps: Int, start: Int = 0) {
        self.names = names
        step = start
        self.source = source
        self.maximumJumps = maximumJumps
        input = source
        outputs = Array(repeating: nil, count: names.count)
    }

    /// Moves on after the function at ``step`` has answered.
    ///
    /// - Parameters:
    ///   - accepted: the rows that came in, without those set aside.
    ///   - committed: the rows that the function committed.
    /// - Returns: what happens now, and the rows that the function gives.
    /// - Throws: ``FlowError`` of kind `unknownJumpTarget` or `jumpLimit`.
    mutating func advance(_ action: FlowAction, accepted: FlowRows, committed: FlowRows) throws -> (Decision, FlowRows) {
        let output = action.reusesData ? accepted : committed
        outputs[step] = output
        if action.aborts { return (.aborted, output) }
        if let target = action.jumpTarget {
            try jump(to: target, from: output)
            return (.proceed, output)
        }
        if step + 1 == names.count { return (.completed, output) }
        if output.isEmpty && !action.forcesEntry { return (.endedEarly, output) }
        step += 1
        input = output
        return (.proceed, output)
    }

    private mutating func jump(to name: String, from output: FlowRows) throws {
        guard let target = names[...step].lastIndex(of: name) ?? names.firstIndex(of: name) else {
            let hint = NearestName.hint(for: name, among: Set(names))
            throw FlowError(.unknownJumpTarget, "jump to \"\(name)\", which is not in the flow\(hint)")
        }
        jumps += 1
        guard jumps <= maximumJumps else {
            throw FlowError(.jumpLimit, "jump to \"\(name)\": more than \(maximumJumps) jumps in one run; does the loop have an end?")
        }
        input = target == 0 ? source : outputs[target - 1] ?? output
        step = target
    }
}
