/// What a command has to say: a text for people, a JSON document for scripts.
protocol Report: Encodable {
    /// Lines, each with its line feed.
    func text(_ layout: Layout) -> String
}

extension Terminal {
    /// Prints a report, the way that the user wants it.
    func show(_ report: some Report, json: Bool) throws {
        try print(json ? JSONOutput.document(report) : report.text(layout))
    }
}

extension [String] {
    /// The lines as one text, each with its line feed.
    var asText: String { map { $0 + "\n" }.joined() }
}
