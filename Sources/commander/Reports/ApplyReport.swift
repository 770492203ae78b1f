import Console
import Engine
import Workflow

/// What `dag apply` did.
struct ApplyReport: Report {
    struct Applied: Encodable, Hashable {
        var id: String
        var version: String
        var revision: Int64
        var source: String
        /// Whether it is new or different from what was there.
        var isChanged: Bool
    }

    var applied: [Applied] = []
    /// Warnings; with an error nothing is applied.
    var problems: [ProblemReport]

    /// Adds what became of one definition.
    mutating func add(_ outcome: ApplyOutcome) {
        switch outcome {
        case .applied(let record): add(record, isChanged: true)
        case .unchanged(let record): add(record, isChanged: false)
        case .conflict: break
        }
    }

    private mutating func add(_ record: DagRecord, isChanged: Bool) {
        applied.append(
            Applied(id: record.dag.id, version: record.version, revision: record.revision, source: record.source, isChanged: isChanged))
    }

    func text(_ layout: Layout) -> String {
        applied.map { dag in
            let what = dag.isChanged ? layout.styled("applied", .green) : "unchanged"
            return "\(dag.id): \(what), revision \(dag.revision), version \(dag.version)"
        }.asText
    }
}
