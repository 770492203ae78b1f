import Workflow

/// The machine of a run from its begin to its end, with every effect answered at once; and the graph that it walks.
enum MachineCases {
    static let all: [MicroBenchmark] = [
        machine("machine.chain-10", 3_000, Shapes.chain(10)),
        machine("machine.wide-100", 200, Shapes.wide(100)),
        machine("machine.layers-10x100", 20, Shapes.layers(10, width: 100, parents: 10)),
        .repeating("graph.layers-10x100", per: "edge", 50, operations: 9_000, with: { Shapes.layers(10, width: 100, parents: 10) }) {
            try TaskGraph($0.tasks)
        },
    ]

    private struct Input: Sendable {
        var instance: DagInstance
        var dag: Dag
        var graph: TaskGraph
    }

    private static func machine(_ name: String, _ iterations: Int, _ dag: Dag) -> MicroBenchmark {
        .repeating(
            name, per: "task", iterations, operations: dag.tasks.count,
            with: { Input(instance: Shapes.run(of: dag), dag: dag, graph: try TaskGraph(dag.tasks)) },
            { try drive(InstanceMachine(instance: $0.instance, dag: $0.dag, graph: $0.graph, worker: "worker-1")) })
    }

    /// Every task succeeds when it is started, and every record is durable when it is made.
    private static func drive(_ fresh: consuming InstanceMachine) throws {
        var machine = fresh
        var effects: [InstanceMachine.Effect] = []
        machine.handle(.begin, at: Shapes.time, &effects)
        while !effects.isEmpty {
            var next: [InstanceMachine.Effect] = []
            for effect in effects {
                switch effect {
                case .start(let number, _):
                    machine.handle(.taskStarted(number), at: Shapes.time, &next)
                    machine.handle(.taskEnded(number, TaskOutcome(.success)), at: Shapes.time, &next)
                case .recordTask(let number, let task, _): machine.handle(.taskRecorded(number, task.version), at: Shapes.time, &next)
                case .recordInstance(let instance): machine.handle(.instanceRecorded(instance.version), at: Shapes.time, &next)
                case .release(.success): return
                case .watchTask, .watchRun, .setAlarm: continue
                case .release, .giveUp, .cancelAttempt, .settle, .send: throw MicroError("the run has not succeeded")
                }
            }
            effects = next
        }
        throw MicroError("the run has not ended")
    }
}
