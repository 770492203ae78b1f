/// Collects the problems of one file, up to a bound.
final class ProblemLog {
    let file: String
    private let limit: Int
    private var problems: [Problem] = []
    private var dropped = 0
    private(set) var hasErrors = false

    /// Where something is, inside a sentence: `in line 7`.
    let place: (YamlPosition) -> String

    init(file: String, limit: Int, place: @escaping (YamlPosition) -> String = { "in line \($0.line)" }) {
        self.file = file
        self.limit = limit
        self.place = place
    }

    func error(_ position: YamlPosition, _ message: @autoclosure () -> String) {
        hasErrors = true
        add(.error, position, message)
    }

    func warning(_ position: YamlPosition, _ message: @autoclosure () -> String) { add(.warning, position, message) }

    /// Messages are made only for what is kept: the search for the nearest name costs time.
    private func add(_ severity: Problem.Severity, _ position: YamlPosition, _ message: () -> String) {
        guard problems.count < limit else {
            dropped += 1
            return
        }
        problems.append(Problem(severity: severity, file: file, line: position.line, column: position.column, message: message()))
    }

    /// The problems in the order of the file; the last says how many more there are, if there are.
    func sorted() -> [Problem] {
        var sorted = problems.enumerated().sorted { left, right in
            (left.element.line, left.element.column, left.offset) < (right.element.line, right.element.column, right.offset)
        }.map(\.element)
        if dropped > 0, let last = sorted.last {
            let message = "\(dropped) more problems are not shown; mend these first"
            sorted.append(
                Problem(severity: hasErrors ? .error : .warning, file: file, line: last.line, column: last.column, message: message))
        }
        return sorted
    }
}
