import Console
import Engine
import Workflow

/// What `show` shows: a run and its tasks, and drawings of them for people.
struct DrawnRunReport: Report {
    private let report: RunReport
    private let details: RunDetails
    /// `nil`: where it is small and there is a terminal.
    private let graph: Bool?
    private let gantt: Bool
    private let glyphs: Glyphs

    init(_ details: RunDetails, waitsFor: String?, graph: Bool?, gantt: Bool, glyphs: Glyphs) {
        report = RunReport(details, waitsFor: waitsFor)
        (self.details, self.graph, self.gantt, self.glyphs) = (details, graph, gantt, glyphs)
    }

    /// A graph of so many tasks is drawn without being asked for.
    private static let graphLimit = 30

    func encode(to encoder: any Encoder) throws { try report.encode(to: encoder) }

    func text(_ layout: Layout) -> String {
        var text = report.text(layout)
        if drawsGraph(layout) { text += "\n" + GraphDrawing(RunGraph(details), glyphs).lines(layout).asText }
        if gantt { text += "\n" + TimeChart(details, glyphs, layout: layout).lines(layout).asText }
        return text
    }

    /// One task alone makes no graph.
    private func drawsGraph(_ layout: Layout) -> Bool {
        graph ?? (layout.isForPeople && !gantt && (2...Self.graphLimit).contains(details.ownTasks.count))
    }
}
