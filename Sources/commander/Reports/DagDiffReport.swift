import Console
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What `dag diff` shows.
struct DagDiffReport: Report {
    var dag: String
    var from: String
    var to: String
    /// As a unified diff: ` ` before what is in both, `-` and `+` before what is in one.
    var lines: [String]

    init(_ id: String, _ old: (version: String, dag: Dag), _ new: (version: String, dag: Dag)) throws {
        dag = id
        from = old.version
        to = new.version
        lines = LineDiff(try Self.canonical(old.dag), try Self.canonical(new.dag)).lines
    }

    /// One form for equal definitions: JSON with its keys in order. Whether the DAG is stopped is not said by a version.
    private static func canonical(_ dag: Dag) throws -> [String] {
        var content = dag
        content.status = .normal
        return try JSONOutput.document(content).split(separator: "\n").map(String.init)
    }

    func text(_ layout: Layout) -> String {
        guard !lines.isEmpty else { return "there is no difference\n" }
        let styled = lines.map { line in
            layout.styled(DisplayWidth.printable(line), line.hasPrefix("+") ? .green : line.hasPrefix("-") ? .red : nil)
        }
        return ([layout.styled("--- \(dag)@\(from)", .bold), layout.styled("+++ \(dag)@\(to)", .bold)] + styled).asText
    }
}

/// The difference of two texts, line by line.
struct LineDiff {
    /// Changed lines with three lines around each; `…` where lines are left out. Empty where there is no difference.
    let lines: [String]

    private static let context = 3
    /// Texts whose changed middles are longer than this are not compared line by line: the work grows with the square.
    private static let limit = 5_000

    init(_ old: [String], _ new: [String]) {
        let all = Self.marked(old, new)
        var isShown = [Bool](repeating: false, count: all.count)
        for (index, line) in all.enumerated() where !line.hasPrefix(" ") {
            for near in max(0, index - Self.context)...min(all.count - 1, index + Self.context) { isShown[near] = true }
        }
        var lines: [String] = []
        for (index, line) in all.enumerated() {
            if isShown[index] { lines.append(line) } else if index == 0 || isShown[index - 1] { lines.append("…") }
        }
        self.lines = isShown.contains(true) ? lines : []
    }

    private static func marked(_ old: [String], _ new: [String]) -> [String] {
        let head = zip(old, new).prefix { $0 == $1 }.count
        let tail = zip(old.dropFirst(head).reversed(), new.dropFirst(head).reversed()).prefix { $0 == $1 }.count
        let middle = middle(Array(old[head..<old.count - tail]), Array(new[head..<new.count - tail]))
        return old[..<head].map { " " + $0 } + middle + old[(old.count - tail)...].map { " " + $0 }
    }

    private static func middle(_ old: [String], _ new: [String]) -> [String] {
        guard old.count <= limit, new.count <= limit else { return old.map { "-" + $0 } + new.map { "+" + $0 } }
        let difference = new.difference(from: old)
        let removed = Set(difference.removals.compactMap { if case .remove(let offset, _, _) = $0 { offset } else { nil } })
        let added = Set(difference.insertions.compactMap { if case .insert(let offset, _, _) = $0 { offset } else { nil } })
        var (lines, oldIndex, newIndex) = ([String](), 0, 0)
        while oldIndex < old.count || newIndex < new.count {
            if oldIndex < old.count, removed.contains(oldIndex) {
                lines.append("-" + old[oldIndex])
                oldIndex += 1
            } else if newIndex < new.count, added.contains(newIndex) {
                lines.append("+" + new[newIndex])
                newIndex += 1
            } else {
                lines.append(" " + old[oldIndex])
                oldIndex += 1
                newIndex += 1
            }
        }
        return lines
    }
}
