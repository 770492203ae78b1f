import Console

/// The trace of a run as text, or as one JSON document `{"lines": [...]}`, written as it is read: a trace may be larger than memory.
struct TraceDocument {
    let terminal: Terminal
    let json: Bool
    private var isEmpty = true

    init(terminal: Terminal, json: Bool) {
        self.terminal = terminal
        self.json = json
    }

    /// Adds lines. One write for all of them.
    mutating func add(_ records: [TraceRecord]) throws {
        guard json else {
            let layout = terminal.layout
            try terminal.print(records.map { $0.text(layout) }.joined())
            return
        }
        var text = ""
        for record in records {
            text += (isEmpty ? "{\"lines\":[\n" : ",\n") + JSONOutput.line(record).dropLast()
            isEmpty = false
        }
        try terminal.print(text)
    }

    /// Closes the document.
    func end() throws {
        if json { try terminal.print(isEmpty ? "{\"lines\":[]}\n" : "\n]}\n") }
    }
}
