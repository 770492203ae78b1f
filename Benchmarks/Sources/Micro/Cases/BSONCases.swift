import BSON
import Records
import Workflow

/// Records to documents and back, as the store does it; and by Codable, to compare.
enum BSONCases {
    private static let chain = Shapes.run(of: Shapes.chain(10))

    static let all: [MicroBenchmark] = [
        .repeating("bson.encode-task", per: "no-op task", 100_000, with: { Shapes.plainTask }) { StoredForm.document(of: $0) },
        .repeating("bson.encode-full-task", per: "task with output", 30_000, with: { Shapes.fullTask }) { StoredForm.document(of: $0) },
        .repeating("bson.encode-run", per: "run", 50_000, with: { chain }) { StoredForm.document(of: $0) },
        .repeating("bson.validate-task", per: "no-op task", 100_000, with: { StoredForm.document(of: Shapes.plainTask).bytes }) {
            try Document(validating: $0)
        },
        .repeating("bson.decode-task", per: "no-op task", 30_000, with: { StoredForm.document(of: Shapes.plainTask) }) {
            try StoredForm.task(from: $0)
        },
        .repeating("bson.decode-run", per: "run", 30_000, with: { StoredForm.document(of: chain) }) { try StoredForm.instance(from: $0) },
        .repeating("bson.codable-encode-task", per: "no-op task", 10_000, with: { Shapes.plainTask }) { try BSONEncoder().encode($0) },
        .repeating("bson.codable-decode-task", per: "no-op task", 10_000, with: { try BSONEncoder().encode(Shapes.plainTask) }) {
            try BSONDecoder().decode(TaskInstance.self, from: $0)
        },
    ]
}
