/// What a command has to say: a text for people, a JSON document for scripts.
package protocol Report: Encodable {
    /// Lines, each with its line feed.
    func text(_ layout: Layout) -> String
}

extension Terminal {
    /// Prints a report, the way that the user wants it.
    package func show(_ report: some Report, json: Bool) throws {
        try print(json ? JSONOutput.document(report) : report.text(layout))
    }
}

extension [String] {
    /// The lines as one text, each with its line feed.
    package var asText: String { map { $0 + "\n" }.joined() }
}
