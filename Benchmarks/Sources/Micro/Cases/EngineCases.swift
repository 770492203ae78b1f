import Workflow

/// A whole node without a database: what the engine itself costs, from submission to the last record.
enum EngineCases {
    static let all = [
        MicroBenchmark(name: "engine.chain-10", unit: "task", iterations: 20, operations: 1_000) {
            try await body(Shapes.chain(10), runs: 100)
        },
        MicroBenchmark(name: "engine.wide-100", unit: "task", iterations: 20, operations: 1_020) {
            try await body(Shapes.wide(100), runs: 10)
        },
    ]

    private static func body(_ dag: Dag, runs: Int) async throws -> MicroBenchmark.Body {
        let node = try await InstantNode(dag)
        return MicroBenchmark.Body(
            run: { iterations in for _ in 0..<iterations { try await node.run(runs) } }, end: { await node.stop() })
    }
}
