/// Answers, for many pairs at once, whether a task must have ended before another starts.
///
/// What follows directly from a task's own parents is answered from them. The rest is followed 512 tasks together, a bit for each, over that part of an order with parents first
/// which lies between those asked about and those who ask. So memory grows with the tasks, and time with what is between them: the dependencies of the whole, where tasks use
/// what is near, and at most (tasks + dependencies) * (tasks asked about / 512).
struct Ancestors {
    /// Whether `ancestor` must have ended before `task` starts?
    struct Question {
        var ancestor: Int
        var task: Int
    }

    private typealias Mask = SIMD8<UInt64>
    private static let width = Mask.scalarCount * UInt64.bitWidth

    private let order: DependencyOrder
    /// The place of each task in the order; those of one circle share one.
    private let places: [Int]

    init(_ order: DependencyOrder) {
        self.order = order
        var places = [Int](repeating: 0, count: order.parents.count)
        for (place, group) in order.groups.enumerated() {
            for task in group { places[task] = place }
        }
        self.places = places
    }

    /// The indices of the questions to which the answer is no, in ascending order.
    func denied(_ questions: [Question]) -> [Int] {
        var open = questions.indices.filter { !order.parents[questions[$0].task].contains(questions[$0].ancestor) }
        guard !open.isEmpty else { return [] }
        open.sort { (places[questions[$0].ancestor], $0) < (places[questions[$1].ancestor], $1) }
        var denied: [Int] = []
        var masks = [Mask](repeating: .zero, count: order.parents.count)
        var rest = open[...]
        while let first = rest.first {
            let batch = takeBatch(&rest, questions)
            let end = batch.map { places[questions[$0.question].task] }.max() ?? 0
            let range = places[questions[first].ancestor]..<max(end, places[questions[first].ancestor]) + 1
            follow(batch.map { (questions[$0.question].ancestor, $0.bit) }, range, &masks)
            for (question, bit) in batch where !Self.isSet(bit, masks[questions[question].task]) { denied.append(question) }
            for place in range {
                for task in order.groups[place] { masks[task] = .zero }
            }
        }
        return denied.sorted()
    }

    /// The next questions, about as many different tasks as there are bits.
    private func takeBatch(_ rest: inout ArraySlice<Int>, _ questions: [Question]) -> [(question: Int, bit: Int)] {
        var bits: [Int: Int] = [:]
        var batch: [(question: Int, bit: Int)] = []
        while let question = rest.first {
            let ancestor = questions[question].ancestor
            guard bits[ancestor] != nil || bits.count < Self.width else { break }
            let bit = bits[ancestor] ?? bits.count
            bits[ancestor] = bit
            batch.append((question, bit))
            rest = rest.dropFirst()
        }
        return batch
    }

    private static func isSet(_ bit: Int, _ mask: Mask) -> Bool { mask[bit / 64] & (1 << UInt64(bit % 64)) != 0 }

    /// Gives every task of the range the bits of those above it.
    private func follow(_ ancestors: [(task: Int, bit: Int)], _ range: Range<Int>, _ masks: inout [Mask]) {
        var own: [Int: Mask] = [:]
        for (task, bit) in ancestors { own[task, default: .zero][bit / 64] |= 1 << UInt64(bit % 64) }
        // Whether a task is asked about, without a look into a dictionary for each edge.
        var isAsked = [Bool](repeating: false, count: masks.count)
        for (task, _) in ancestors { isAsked[task] = true }
        for place in range {
            var mask = Mask.zero
            for task in order.groups[place] {
                for parent in order.parents[task] where places[parent] >= range.lowerBound {
                    mask |= masks[parent]
                    if isAsked[parent], let bits = own[parent] { mask |= bits }
                }
            }
            for task in order.groups[place] { masks[task] = mask }
        }
    }
}
