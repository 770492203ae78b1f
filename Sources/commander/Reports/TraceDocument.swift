import Console
import Workflow

/// The trace of a run as text, or as one JSON document `{"lines": [...]}`, written as it is read: a trace may be larger than memory.
struct TraceDocument {
    let terminal: Terminal
    let json: Bool
    private let tasks: [TaskInstance]
    private var marks = AttemptMarks()
    private var isEmpty = true

    /// - Parameter tasks: those whose trace it is.
    init(terminal: Terminal, json: Bool, tasks: [TaskInstance] = []) {
        self.terminal = terminal
        self.tasks = tasks
        self.json = json
    }

    /// Adds lines. One write for all of them.
    mutating func add(_ records: [TraceRecord]) throws {
        guard json else {
            return try terminal.print(marks.text(records, tasks, silent: false, terminal.layout))
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
