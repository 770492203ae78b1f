extension InstanceMachine {
    /// The most that the share data of one run may hold, keys and values together, in bytes.
    public static let shareDataLimit = 1 << 20

    /// What is wrong with a task's changes, if the run's share data would be too large with them: the run's document must still take the sum.
    func shareDataExcess(_ edits: [ShareDataEdit]) -> String? {
        guard !edits.isEmpty else { return nil }
        var sum = shareData.folding(ends.values.flatMap(\.shareData))
        for edit in edits { sum[edit.key] = edit.value }
        let size = sum.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard size > Self.shareDataLimit else { return nil }
        return "the run's share data would have \(size) bytes with what this task set, more than the \(Self.shareDataLimit) allowed"
    }
}
