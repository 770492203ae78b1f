import Console
import Swiftflow

/// What `flow validate` found.
struct FlowValidationReport: Report {
    let check: FlowCheckReport

    var isValid: Bool { check.isValid }
    var problemCount: Int { check.problems.count }

    func text(_ layout: Layout) -> String {
        check.lines.map { line in
            layout.styled(line.text, line.severity.map { $0 == .error ? .red : .yellow } ?? (check.isValid ? .green : .bold))
        }.asText
    }

    func encode(to encoder: any Encoder) throws { try check.encode(to: encoder) }
}

/// What `flow show` draws.
struct FlowDrawingReport: Report {
    let drawing: FlowDrawing

    func text(_ layout: Layout) -> String { drawing.lines(width: layout.width).asText }

    func encode(to encoder: any Encoder) throws { try drawing.document.encode(to: encoder) }
}
