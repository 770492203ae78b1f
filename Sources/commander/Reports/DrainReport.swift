import Console

/// What `drain` says.
struct DrainReport: Report {
    var node: String
    var isDraining: Bool
    /// How many runs the node still owns.
    var runs: Int

    func text(_ layout: Layout) -> String {
        guard isDraining else { return "node \(layout.styled(node, .bold)) takes work again\n" }
        let name = layout.styled(node, .bold)
        guard runs > 0 else { return "node \(name) takes nothing more, and is empty\n" }
        return
            "node \(name) takes nothing more; it still has \(runs) \(runs == 1 ? "run" : "runs"), handed back as running tasks end (--wait waits for it)\n"
    }
}
