import Console
import Engine
import Foundation
import Workflow

/// What `dev` says.
enum DevText {
    /// What is watched, and how to start a run.
    static func beginning(program: String, directory: String, place: StorePlace, dags: [String], _ layout: Layout) -> String {
        let url = Redaction.withoutCredentials(place.url)
        let export = place.isDefault ? "" : "SWIFTFLOW_URL=\(NextStep.quoted(url)) "
        let count = "\(dags.count) \(dags.count == 1 ? "DAG" : "DAGs")"
        return """
            \(layout.styled("\(program) dev", .bold)): \(directory) is watched (\(count)), runs are kept in \(url)
            start a run in another terminal: \(layout.styled("\(export)commander run \(dags.first ?? "DAG") --watch", .bold))

            """
    }

    /// Why a second `dev` on one store does not start, and what to do.
    static func alreadyAtWork(_ error: NodeError, _ place: StorePlace) -> String {
        """
        \(error.description)
          one dev keeps a store's DAGs current: use that one, or give this one a store of its own, say --url sqlite:.swiftflow/other.db
        """
    }

    /// A file that became current, or a DAG whose file is gone.
    static func line(_ event: NodeEvent, folder: String, _ layout: Layout) -> String? {
        switch event {
        case .applied(let dag, let version, let file):
            let name = file.hasPrefix(folder) ? String(file.dropFirst(folder.count)) : file
            return time(layout) + "\(name): \(layout.styled("current", .green)): DAG '\(dag)', version \(version.prefix(8))\n"
        case .stopped(let dag, let file):
            return time(layout) + "\(file): \(layout.styled("removed", .yellow)): DAG '\(dag)' is stopped\n"
        default: return nil
        }
    }

    /// A run that is at rest, in one line.
    static func line(_ run: DagInstance, failed: TaskInstance?, _ layout: Layout) -> String {
        guard layout.isForPeople else { return ProgressLine.text(run) }
        let status = layout.styled(run.status.rawValue.padded(to: 8), run.status.style)
        let why = failed.map { "task '\($0.taskId)': \($0.reason)" } ?? run.reason
        let duration = layout.duration(from: run.startedAt ?? run.createdAt, to: run.endedAt)
        let text = "\(run.dagId) in \(duration), run \(run.id)" + (why.isEmpty ? "" : ": \(why)")
        return "\(status) \(DisplayWidth.cut(DisplayWidth.printable(text), to: layout.width.map { max($0 - 9, 20) }))\n"
    }

    private static func time(_ layout: Layout) -> String { layout.isForPeople ? "" : TimeText.iso(layout.now) + " " }
}
