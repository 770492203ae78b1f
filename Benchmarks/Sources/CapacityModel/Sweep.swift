/// Days under a growing load, until something is used up.
package struct Sweep: Sendable {
    package private(set) var days: [Day] = []
    /// The first day that was too much; `nil` if none was.
    package var saturated: Day? { days.filter(\.isSaturated).min { $0.multiple < $1.multiple } }

    /// - Parameters:
    ///   - multiples: the loads to try, growing; the first that is too much is the last.
    ///   - onDay: told of each day.
    package init(
        _ shape: ClusterShape, _ costs: Costs, multiples: [Double], tasks: Double = 2e5, onDay: (Day) -> Void = { _ in }
    ) {
        func simulate(_ multiple: Double) -> Day {
            let day = Day.simulate(shape, costs, multiple: multiple, tasks: tasks)
            days.append(day)
            onDay(day)
            return day
        }
        var good = 0.0
        for multiple in multiples {
            guard simulate(multiple).isSaturated else {
                good = multiple
                continue
            }
            guard good > 0 else { return }
            // Between the two, to within three tenths.
            var bad = multiple
            while bad / good > 1.3 {
                let middle = (good * bad).squareRoot()
                if simulate(middle).isSaturated { bad = middle } else { good = middle }
            }
            return
        }
    }
}
