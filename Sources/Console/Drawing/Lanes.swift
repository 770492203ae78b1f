/// The lines at the left of a drawn graph: each column is free, or has the line of a node (or of several with the same children) down to its children that are not drawn yet.
struct Lanes {
    /// What stands before and behind a node's sign.
    struct Row {
        var before: String
        var after: String
    }

    private struct Lane {
        let children: [Int]
        var open: Set<Int>
    }

    private let graph: RunGraph
    private let columnLimit: Int
    private var columns: [Lane?] = []
    /// Where the row above has the sign of a node without children: a sign with a line below must not stand right under it.
    private var leafAbove: Int?
    /// In which column the line of a node is.
    private var columnOf: [Int: Int] = [:]

    /// - Parameter columnLimit: from so many columns on a node goes to a free column at the left of its parents.
    init(_ graph: RunGraph, columnLimit: Int) {
        self.graph = graph
        self.columnLimit = columnLimit
    }

    /// Gives a node its place. Its parents must have theirs.
    mutating func draw(_ node: Int, _ glyphs: Glyphs) -> Row {
        let parents = Set(graph.nodes[node].parents.compactMap { columnOf[$0] })
        let column = column(for: node, right: parents.max())
        let before = columns.map { $0 != nil }
        for parent in parents {
            columns[parent]?.open.remove(node)
            if columns[parent]?.open.isEmpty == true { columns[parent] = nil }
        }
        let row = row(column, parents, before, glyphs)
        openLane(node, column)
        leafAbove = graph.nodes[node].children.isEmpty ? column : nil
        return row
    }

    private mutating func openLane(_ node: Int, _ column: Int) {
        while columns.count <= column { columns.append(nil) }
        columnOf[node] = column
        let children = graph.nodes[node].children
        if columns[column] == nil, !children.isEmpty { columns[column] = Lane(children: children, open: Set(children)) }
    }

    /// The column of those with the same children, or the next free one; both at the right of all parents.
    private func column(for node: Int, right: Int?) -> Int {
        let children = graph.nodes[node].children
        let hasChildren = !children.isEmpty
        let firstColumn = (right ?? -1) + 1
        if hasChildren, let shared = columns.indices.first(where: { $0 >= firstColumn && columns[$0]?.children == children }) {
            return shared
        }
        func isFree(_ column: Int) -> Bool {
            (column >= columns.count || columns[column] == nil) && !(hasChildren && leafAbove == column)
        }
        var column = firstColumn
        while !isFree(column) { column += 1 }
        guard column >= columnLimit else { return column }
        return (0..<columnLimit).first(where: isFree) ?? column
    }

    private func row(_ column: Int, _ parents: Set<Int>, _ before: [Bool], _ glyphs: Glyphs) -> Row {
        let (low, high) = (min(parents.min() ?? column, column), max(parents.max() ?? column, column))
        let last = max(high, before.lastIndex(of: true) ?? 0)
        var (text, split) = (["", ""], 0)
        for place in 0...last {
            if place == column {
                split = 1
            } else {
                let isPassed = place > low && place < high
                let isUp = place < before.count && before[place]
                let isParent = parents.contains(place)
                let sign = glyphs.line(
                    up: isUp, down: isUp && !(isParent && columns[place] == nil),
                    left: isUp && !isParent ? false : isPassed || place == high && low < high,
                    right: isUp && !isParent ? false : isPassed || place == low && low < high)
                text[split].append(sign)
            }
            guard place < last else { break }
            text[split].append(place >= low && place < high ? glyphs.line(up: false, down: false, left: true, right: true) : " ")
        }
        return Row(before: text[0], after: text[1])
    }
}
