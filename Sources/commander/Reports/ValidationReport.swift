import Console
import Engine
import Workflow

/// What `dag validate` found.
struct ValidationReport: Report {
    struct File: Encodable, Hashable {
        var path: String
        /// The id of the DAG; `nil` if the file has errors.
        var id: String?
        var tasks: Int?
        var isValid: Bool
        var problems: [ProblemReport]
    }

    var files: [File]
    var isValid: Bool

    init(_ files: [DagFile]) {
        self.files = files.map { file in
            File(
                path: file.path, id: file.dag?.id, tasks: file.dag?.tasks.count, isValid: file.dag != nil,
                problems: file.problems.map(ProblemReport.init))
        }
        isValid = self.files.allSatisfy(\.isValid)
    }

    /// All problems of all files.
    var problems: [ProblemReport] { files.flatMap(\.problems) }

    func text(_ layout: Layout) -> String {
        var lines: [String] = []
        for file in files {
            lines += file.problems.map { layout.styled($0.text, $0.severity == .error ? .red : .yellow) }
            guard let id = file.id, let tasks = file.tasks else { continue }
            lines.append("\(file.path): \(layout.styled("valid", .green)): DAG '\(id)' with \(tasks) \(tasks == 1 ? "task" : "tasks")")
        }
        let invalid = files.count { !$0.isValid }
        if files.count > 1 || invalid > 0 { lines.append("\(files.count - invalid) of \(files.count) files are valid") }
        return lines.asText
    }
}
