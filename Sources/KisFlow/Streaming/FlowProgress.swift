/// How far a stream has come.
public struct FlowProgress: Sendable, Hashable, CustomStringConvertible {
    /// Batches that have gone through the flow.
    public var batches = 0
    /// Rows that were read from the source, in those batches.
    public var rowsRead = 0
    /// What the last function gave.
    public var rowsOut = 0
    public var rejected = 0
    public var failed = 0
    public var seconds = 0.0

    public var description: String {
        var parts = ["\(rowsRead) rows read in \(batches) batches, \(rowsOut) out"]
        if rejected > 0 { parts.append("\(rejected) rejected") }
        if failed > 0 { parts.append("\(failed) failed") }
        if seconds > 0 { parts.append("\(Int(Double(rowsRead) / seconds)) rows/s") }
        return parts.joined(separator: ", ")
    }
}
