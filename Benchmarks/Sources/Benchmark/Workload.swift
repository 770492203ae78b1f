import Seeded
import Workflow

/// Runs of one shape.
struct Workload: Sendable {
    var name: String
    var dags: [Dag]
    /// The definition of each run.
    var runs: [Int]

    /// The name with what it is made of.
    var title: String { "\(name) (\(runs.count) runs, \(tasks) tasks)" }

    var tasks: Int { runs.reduce(0) { $0 + dags[$1].tasks.count } }

    /// `count` runs of a chain of `length` tasks.
    static func chains(_ count: Int, length: Int = 10) -> Workload {
        Workload(name: "chains", dags: [chain("chain-\(length)", length: length)], runs: Array(repeating: 0, count: count))
    }

    /// `count` runs of one task, `width` tasks after it, and one after all of these.
    static func wide(_ count: Int, width: Int = 100) -> Workload {
        let middle = (0..<width).map { task("m\($0)", after: ["first"]) }
        let dag = Dag(id: "wide-\(width)", tasks: [task("first")] + middle + [task("last", after: middle.map(\.id))])
        return Workload(name: "wide", dags: [dag], runs: Array(repeating: 0, count: count))
    }

    /// `count` runs of ten random shapes of 5 to 60 tasks, the same ones each time: every task depends on up to three before it.
    static func mixed(_ count: Int) -> Workload {
        var random = SplitMix(state: 20_260_101)
        let dags = (0..<10).map { number in
            Dag(
                id: "mixed-\(number)",
                tasks: (0..<Int.random(in: 5...60, using: &random)).map { index in
                    let parents =
                        index == 0
                        ? []
                        : Set(
                            (0..<Int.random(in: 0...3, using: &random)).map { _ in
                                Int.random(in: max(0, index - 12)..<index, using: &random)
                            })
                    return task("t\(index)", after: parents.sorted().map { "t\($0)" })
                })
        }
        return Workload(name: "mixed", dags: dags, runs: (0..<count).map { $0 % dags.count })
    }

    /// `layers` times `width` tasks; each depends on `parents` of the layer before.
    static func layers(_ layers: Int, width: Int, parents: Int) -> Dag {
        Dag(
            id: "layers-\(layers)-\(width)-\(parents)",
            tasks: (0..<layers * width).map { number in
                let (layer, place) = number.quotientAndRemainder(dividingBy: width)
                let before = layer == 0 ? [] : (0..<parents).map { "t\((layer - 1) * width + (place + $0) % width)" }
                return task("t\(number)", after: before)
            })
    }

    static func chain(_ id: String, length: Int, action: String = "noop", params: [String: Value] = [:]) -> Dag {
        Dag(id: id, tasks: (0..<length).map { task("t\($0)", after: $0 == 0 ? [] : ["t\($0 - 1)"], action: action, params: params) })
    }

    static func task(_ id: String, after parents: [String] = [], action: String = "noop", params: [String: Value] = [:]) -> Dag.Task {
        Dag.Task(id: id, actionName: action, dependOn: parents, params: params)
    }
}
