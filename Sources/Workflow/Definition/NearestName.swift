/// Finds what somebody who mistyped a name probably meant.
enum NearestName {
    /// Longer names are not compared: nobody mistypes a page of text, and the work stays bounded.
    private static let longestName = 200

    /// The candidate nearest to `name`, if any is near enough: at most one edit for up to 3 characters, two for up to 8, else three. Case
    /// does not count. Of equally near ones the first in alphabetical order is taken, so that messages are stable.
    static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().unicodeScalars)
        guard !wanted.isEmpty, wanted.count <= longestName else { return nil }
        var limit = wanted.count <= 3 ? 1 : wanted.count <= 8 ? 2 : 3
        var best: String?
        for candidate in candidates where candidate != name && candidate.utf8.count <= longestName * 4 {
            let other = Array(candidate.lowercased().unicodeScalars)
            guard let distance = distance(wanted, other, limit: limit) else { continue }
            if let best, distance == limit, candidate >= best { continue }
            best = candidate
            limit = distance
        }
        return best
    }

    /// `; did you mean 'x'?`, or nothing.
    static func hint(for name: String, among candidates: some Sequence<String>) -> String {
        nearest(to: name, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// The number of insertions, deletions, replacements and swaps of neighbours that turn one text into the other, or `nil` if it is
    /// above `limit`.
    ///
    /// This is the restricted Damerau-Levenshtein distance (F. Damerau, "A technique for computer detection and correction of spelling
    /// errors", 1964; V. Levenshtein, 1966), by dynamic programming over three rows, given up as soon as a whole row is above the limit.
    static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar], limit: Int) -> Int? {
        guard abs(left.count - right.count) <= limit else { return nil }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (i, scalar) in left.enumerated() {
            var row = [i + 1]
            row.reserveCapacity(right.count + 1)
            for j in right.indices {
                var cost = min(last[j] + (scalar == right[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, scalar == right[j - 1], left[i - 1] == right[j] { cost = min(cost, beforeLast[j - 1] + 1) }
                row.append(cost)
            }
            guard let least = row.min(), least <= limit else { return nil }
            (beforeLast, last) = (last, row)
        }
        guard let distance = last.last, distance <= limit else { return nil }
        return distance
    }
}
