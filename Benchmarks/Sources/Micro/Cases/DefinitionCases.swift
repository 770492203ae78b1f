import Workflow

/// What is done with a definition: reading it, and rendering the parameters of its tasks.
enum DefinitionCases {
    static let all: [MicroBenchmark] = [
        .repeating("template.three", per: "task's parameters", 20_000, with: { Value.object(Shapes.templates) }) {
            try $0.rendered(in: Shapes.scope)
        },
        .repeating("template.none", per: "task's parameters", 200_000, with: { Value.object(Shapes.plainParams) }) {
            try $0.rendered(in: Shapes.scope)
        },
        .repeating("yaml.100-tasks", per: "file", 20, with: { Shapes.yaml(100) }) { text in
            guard let dag = DagParser.parse(text, file: "hundred.yaml").dag else { throw MicroError("the definition has mistakes") }
            return dag
        },
        .repeating("dag.content-version", per: "DAG of 100 tasks", 50, with: { Shapes.chain(100) }) { try $0.contentVersion() },
    ]
}
