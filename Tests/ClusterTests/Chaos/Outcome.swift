import Foundation

/// What a round left.
struct Outcome: Sendable {
    let books: Books
    let balance: Balance

    /// One line for people and for the record.
    func report(_ cluster: ChaosCluster, _ attacker: Attacker, _ plan: AttackPlan) {
        let faults = ["kills", "stops", "cuts", "stepdowns", "members", "skews", "burns"].map { "\($0) \(attacker.count($0))" }
        let parts = [
            "runs \(books.submissions.count)", "tasks \(books.journal.count)", faults.joined(separator: ", "),
            "repeats \(balance.repeatedTasks)",
            "given up \(balance.givenUp)", "late fences \(balance.lateFences)", "lost \(balance.count(.lost))",
            "stuck \(balance.count(.stuck))",
            "violations \(balance.violations.count)",
        ]
        print("balance of seed \(plan.seed): \(parts.joined(separator: ", "))")
        for missing in cluster.leftOut { print("balance of seed \(plan.seed): LEFT OUT: \(missing)") }
    }

    /// The lines of the nodes' logs that name a run that something is wrong with, and those that are warnings or worse; bounded.
    func relevantLog(_ cluster: ChaosCluster) -> String {
        let runs = Set(balance.violations.prefix(20).map { $0.subject.prefix { $0 != "/" } })
        let lines = cluster.processes.flatMap { process in
            process.log.split(separator: "\n").filter { line in
                line.contains(" error ") || line.contains(" critical ")
                    || runs.contains { run in line.split { !$0.isLetter && !$0.isNumber && $0 != "-" }.contains(run) }
            }.map { "\(process.name) (\(process.pid)): \($0)" }
        }
        let journal = books.journal.filter { runs.contains($0.run[...]) }.sorted { $0.started < $1.started }
        let outages = books.outages.sorted { $0.from < $1.from }
        return (lines.prefix(200) + journal.prefix(200).map { "\($0)" } + outages.map { "\($0)" }).joined(separator: "\n")
    }
}
