import Console
import Workflow

/// What `run` says when it does not wait.
struct SubmissionReport: Report {
    var run: DagInstance

    func text(_ layout: Layout) -> String {
        // A script that calls `run` on a pipe wants the id and nothing else.
        guard layout.isForPeople else { return "\(run.id)\n" }
        return "run \(layout.styled(run.id, .bold)) of '\(run.dagId)' is submitted; look at it with: commander show \(run.id)\n"
    }
}
