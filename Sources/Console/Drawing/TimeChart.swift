package import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// When the tasks of a run waited and ran: a line for each, with its earlier attempts; what is under way goes on until now.
package struct TimeChart {
    /// What a task did for some time.
    struct Segment: Equatable {
        enum Kind: Equatable {
            case waiting
            case done
            case underWay
            case failed
        }

        var kind: Kind
        var start: Date
        var end: Date
    }

    struct Line {
        var name: String
        var segments: [Segment]
        var duration: String
        var status: TaskInstanceStatus
    }

    let lines: [Line]
    /// How many tasks have no time yet.
    let unstarted: Int
    let start: Date
    let end: Date
    private let glyphs: Glyphs
    private let rowLimit: Int

    /// - Parameter now: until when what is under way is drawn.
    package init(_ details: RunDetails, _ glyphs: Glyphs, layout: Layout, rowLimit: Int = 300) {
        let run = details.instance
        (self.glyphs, self.rowLimit) = (glyphs, rowLimit)
        let now = run.status.isFinal ? run.endedAt ?? layout.now : layout.now
        let rows = TaskRow.rows(run, details.tasks, itemLimit: 0).filter { !details.isItem($0.task) }
        let items = Dictionary(grouping: details.tasks.filter(details.isItem)) { ForEach.group(of: $0.taskId)?.task ?? "" }
        let ends = Dictionary(details.ownTasks.map { ($0.taskId, $0) }, uniquingKeysWith: { first, _ in first })
        let begin = run.startedAt ?? run.createdAt
        let exits = Set((details.dag?.onExit ?? []).map(\.id))
        let all: [Line] = rows.map { row in
            let parents = row.task.dependOn.compactMap { ends[$0] }
            let isReady = parents.allSatisfy { $0.status.isFinal && $0.endedAt != nil }
            let ready = isReady ? parents.compactMap(\.endedAt).max() ?? begin : nil
            // What never started waited for nothing, nor does what runs at the end.
            let waits = !exits.contains(row.task.taskId) && !(run.status.isFinal && row.task.startedAt == nil)
            let segments = Self.segments(row.task, items: items[row.task.taskId] ?? [], ready: waits ? ready : nil, now: now)
            return Line(
                name: row.name, segments: segments, duration: row.task.startedAt == nil ? "" : TaskTable.duration(of: row.task, layout),
                status: row.task.status)
        }
        let started = all.filter { !$0.segments.isEmpty }
        unstarted = all.count - started.count
        lines = started.enumerated().sorted {
            ($0.element.segments[0].start, $0.offset) < ($1.element.segments[0].start, $1.offset)
        }.map(\.element)
        start = min(begin, lines.first?.segments[0].start ?? begin)
        end = max(lines.flatMap(\.segments).map(\.end).max() ?? now, now, start)
    }

    // MARK: Segments

    /// What a task did, in order of time. Clocks of different machines may be apart: nothing ends before it begins.
    static func segments(_ task: TaskInstance, items: [TaskInstance] = [], ready: Date?, now: Date) -> [Segment] {
        var segments: [Segment] = []
        var waitedSince = ready
        func add(_ kind: Segment.Kind, _ start: Date, _ end: Date) {
            if let since = waitedSince, since < start { segments.append(Segment(kind: .waiting, start: since, end: start)) }
            segments.append(Segment(kind: kind, start: start, end: max(start, end)))
            waitedSince = max(start, end)
        }
        let earlier = (task.history?.attempts ?? []).filter { $0.attempt < task.attempt || task.startedAt != $0.startedAt }
        for (index, attempt) in earlier.enumerated() {
            guard let start = attempt.startedAt else { continue }
            let next = earlier.dropFirst(index + 1).lazy.compactMap(\.startedAt).first ?? task.startedAt ?? now
            add(attempt.status == .success ? .done : .failed, start, attempt.endedAt ?? next)
        }
        if let start = task.startedAt {
            add(
                kind(of: task), start,
                task.endedAt ?? items.compactMap(\.endedAt).max().map { max($0, start) } ?? (task.status.isFinal ? start : now))
            if !task.status.isFinal, task.endedAt == nil, let last = segments.indices.last { segments[last].end = max(now, start) }
        }
        // What has ended and goes on later, or has not begun although it could, waits.
        if !task.status.isFinal, let since = waitedSince, task.startedAt == nil || task.endedAt != nil, since < now {
            segments.append(Segment(kind: .waiting, start: since, end: now))
        }
        return segments
    }

    private static func kind(of task: TaskInstance) -> Segment.Kind {
        switch task.status {
        case .success, .skipped: .done
        case .failed, .canceled, .retrying: .failed
        case .blocked, .parked, .queued, .`init`: .waiting
        case .running, .ending, .`continue`: .underWay
        }
    }

    // MARK: Drawing

    package func lines(_ layout: Layout) -> [String] {
        guard !lines.isEmpty else { return ["no task has started"] }
        let shown = lines.prefix(rowLimit)
        let width = max(layout.width ?? 100, 30)
        let names = min(max(shown.map { DisplayWidth.of($0.name) }.max() ?? 0, 4), width / 3)
        let durations = shown.map(\.duration.count).max() ?? 0
        let axis = TimeAxis(span: end.timeIntervalSince(start), columns: max(width - names - durations - 4, 8))
        var result = head(axis, indent: names + 2, layout)
        for line in shown { result.append(text(line, axis, names, durations, layout)) }
        let left = lines.count - shown.count
        if left > 0 {
            let from = TimeAxis.text(lines[shown.count].segments[0].start.timeIntervalSince(start))
            result.append(layout.styled("\(glyphs.ellipsis) and \(left) more tasks, from \(from) on", .dim))
        }
        if unstarted > 0 { result.append(layout.styled("\(unstarted) \(unstarted == 1 ? "task has" : "tasks have") not started", .dim)) }
        return result + [legend(layout)]
    }

    private func head(_ axis: TimeAxis, indent: Int, _ layout: Layout) -> [String] {
        var labels = [Character](repeating: " ", count: axis.columns + 12)
        var rule = [Character](repeating: glyphs.line(up: false, down: false, left: true, right: true), count: axis.columns)
        for mark in axis.marks {
            for (offset, character) in mark.text.enumerated() where mark.column + offset < labels.count {
                labels[mark.column + offset] = character
            }
            rule[mark.column] = glyphs.line(up: false, down: true, left: true, right: true)
        }
        let blank = String(repeating: " ", count: indent)
        var text = String(labels)
        while text.last == " " { text.removeLast() }
        return [blank + text, blank + String(rule)].map { layout.styled(DisplayWidth.cut($0, to: layout.width), .dim) }
    }

    private func text(_ line: Line, _ axis: TimeAxis, _ names: Int, _ durations: Int, _ layout: Layout) -> String {
        var text = StyledLine()
        text.append(DisplayWidth.cut(DisplayWidth.printable(line.name), to: names).padded(to: names) + "  ", line.status.style)
        for (sign, kind) in bar(line.segments, axis) { text.append(String(sign), kind.flatMap(Self.style)) }
        text.append("  " + String(repeating: " ", count: max(durations - line.duration.count, 0)) + line.duration)
        return text.text(layout)
    }

    /// The signs of a line's columns. What is later, and what ran, wins where a column has several.
    private func bar(_ segments: [Segment], _ axis: TimeAxis) -> [(Character, Segment.Kind?)] {
        var bar = [(Character, Segment.Kind?)](repeating: (" ", nil), count: axis.columns)
        for segment in segments.filter({ $0.kind == .waiting }) + segments.filter({ $0.kind != .waiting }) {
            let columns = axis.columns(from: segment.start.timeIntervalSince(start), to: segment.end.timeIntervalSince(start))
            for column in columns { bar[column] = (sign(segment.kind), segment.kind) }
            if segment.kind == .underWay, let last = columns.last { bar[last].0 = glyphs.goesOn }
        }
        return bar
    }

    private func sign(_ kind: Segment.Kind) -> Character {
        switch kind {
        case .waiting: glyphs.waiting
        case .done: glyphs.done
        case .underWay: glyphs.underWay
        case .failed: glyphs.failed
        }
    }

    private static func style(_ kind: Segment.Kind) -> Style? {
        switch kind {
        case .waiting: .dim
        case .done: .green
        case .underWay: .cyan
        case .failed: .red
        }
    }

    private func legend(_ layout: Layout) -> String {
        var line = StyledLine()
        for (kind, text) in [(Segment.Kind.waiting, "waits"), (.underWay, "runs"), (.done, "done"), (.failed, "failed or lost")] {
            guard lines.contains(where: { $0.segments.contains { $0.kind == kind } }) else { continue }
            line.append("\(sign(kind)) ", Self.style(kind))
            line.append(text + "  ", .dim)
        }
        line.append("from \(TimeText.iso(start))", .dim)
        return line.text(layout)
    }
}
