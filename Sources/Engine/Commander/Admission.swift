import Synchronization
import Workflow

/// Refuses runs where too many wait for their start already: of their DAG (`maxWaitingRuns`), or in all.
///
/// To count costs the store the more the more there are, so not every submission does: after a count half of what was found to be free is given out without another, for ten seconds at most. One
/// submitter never exceeds a limit; several at once may, by what they submit within that time.
final class Admission: Sendable {
    private struct Allowance {
        var left: Int
        var until: ContinuousClock.Instant
    }

    /// How many runs may wait in all.
    let maxWaiting: Int
    private let host: any Host
    private let allowances = Mutex<[String: Allowance]>([:])
    /// Beyond this many DAGs what is known of them is forgotten.
    private static let dagLimit = 10_000

    init(maxWaiting: Int, host: any Host) {
        self.maxWaiting = maxWaiting
        self.host = host
    }

    /// - Parameter count: how many runs of a DAG wait (of all, without one), counted no further than the limit.
    /// - Returns: how many of `wanted` runs of a DAG may be submitted, and why not more.
    func admit(_ wanted: Int, of dag: Dag, count: (_ dagId: String?, _ limit: Int) async throws -> Int) async throws -> (
        count: Int, why: String
    ) {
        var (admitted, why) = (wanted, "")
        if let limit = dag.maxWaitingRuns {
            admitted = try await take(admitted, "dag " + dag.id, limit) { try await count(dag.id, limit) }
            why = "\(limit) runs of the DAG '\(dag.id)' wait for their start, which is all that may (maxWaitingRuns); try again later"
        }
        let ofAll = try await take(admitted, "", maxWaiting) { try await count(nil, maxWaiting) }
        if ofAll < admitted {
            why =
                "\(maxWaiting) runs wait for their start in the whole cluster, which is all that may (--max-waiting-runs); try again later"
        }
        return (ofAll, why)
    }

    private func take(_ wanted: Int, _ key: String, _ limit: Int, _ count: () async throws -> Int) async throws -> Int {
        let isAllowed = allowances.withLock { known in
            guard let allowance = known[key], allowance.left >= wanted, host.now < allowance.until else { return false }
            known[key]?.left -= wanted
            return true
        }
        if isAllowed { return wanted }
        let free = max(limit - (try await count()), 0)
        let taken = min(wanted, free)
        allowances.withLock { known in
            if known.count >= Self.dagLimit { known.removeAll() }
            known[key] = Allowance(left: (free - taken) / 2, until: host.now + .seconds(10))
        }
        return taken
    }
}
