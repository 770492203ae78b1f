/// The known name that is closest to a mistyped one, for "did you mean".
enum NearestName {
    /// - Returns: `, did you mean "x"?` when a name is close enough to be meant, otherwise an empty text.
    static func hint(for name: String, among known: some Sequence<String>) -> String {
        let wanted = Array(name.lowercased().prefix(64))
        let best = known.map { (name: $0, distance: distance(wanted, Array($0.lowercased().prefix(64)))) }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        guard let best, best.distance <= max(2, wanted.count / 3), best.distance < wanted.count else { return "" }
        return ", did you mean \"\(best.name)\"?"
    }

    /// Levenshtein distance, by the two-row form of Wagner and Fischer (1974).
    static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var previous = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var current = [i + 1]
            current.reserveCapacity(right.count + 1)
            for (j, b) in right.enumerated() {
                current.append(min(previous[j] + (a == b ? 0 : 1), previous[j + 1] + 1, current[j] + 1))
            }
            previous = current
        }
        return previous[right.count]
    }
}
