import Workflow

/// One run of a large definition: what a task costs must not depend on how many there are.
struct Scale {
    let setting: Setting

    func measure() async throws -> [Row] {
        var rows: [Row] = []
        var first: Double?
        for (layers, parents) in [(10, 1), (100, 1), (1_000, 1), (10, 10), (100, 10), (1_000, 10)] where !setting.isQuick || layers < 1_000
        {
            if layers == 10 { first = nil }
            let dag = Workload.layers(layers, width: 100, parents: parents)
            let row = try await measure(dag, "\(dag.tasks.count) tasks in layers of 100, \(parents) parents each", first: first)
            if first == nil { first = row[0].value }
            rows += row
        }
        return rows
    }

    private func measure(_ dag: Dag, _ name: String, first: Double?) async throws -> [Row] {
        let workload = Workload(name: "scale", dags: [dag], runs: [0])
        return try await setting.withNodes(1, "scale", [dag]) { trial in
            let empty = trial.nodes.map { residentBytes(of: $0.pid) }.reduce(0, +)
            let seconds = try await trial.run(workload).seconds
            let held = trial.nodes.map { residentBytes(of: $0.pid) }.reduce(0, +)
            let cost = seconds / Double(dag.tasks.count) * 1e6
            return [
                Row("scale", "\(name): time", "us/task", [cost], floors: first.map { [$0] } ?? [], aim: "0.75 to 1.25 of 1,000 tasks'"),
                Row("scale", "\(name): memory more than before", "KiB/task", [Double(held - empty) / 1_024 / Double(dag.tasks.count)]),
            ]
        }
    }
}
