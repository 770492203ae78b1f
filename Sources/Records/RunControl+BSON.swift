package import BSON
package import Engine
package import Workflow

/// Fields are there only where they say something: a run that was paused once does not carry the rest along.
extension RunControl {
    /// - Returns: `nil` where there is none.
    package static func read(_ run: FieldReader) throws(StoreError) -> RunControl? {
        guard let fields = try run.part("control") else { return nil }
        var control = RunControl()
        for command in try fields.documents("commands") { control.commands.append(try Command(command, run: run.id)) }
        control.applied = try fields.strings("applied")
        for (task, mark) in try fields.parts("marks") { control.marks[task] = try TaskMark(mark) }
        control.isPaused = try fields.flag("isPaused")
        control.cancel = try Author.read("cancel", fields)
        control.endsNow = try fields.flag("endsNow")
        control.revivedAt = try fields.optionalDate("revivedAt")
        control.failure = try fields.optionalString("failure")
        for (task, lost) in try fields.parts("lost") {
            control.lost[task] = LostAttempts(
                count: Int(clamping: try lost.int("count")), attempt: Int(clamping: try lost.int("attempt")))
        }
        return control
    }

    package var document: Document {
        var document = Document()
        if !commands.isEmpty { document.append("commands", .array(commands.map { .document($0.document) })) }
        if !applied.isEmpty { document.append("applied", .array(applied.map { .string($0) })) }
        if !marks.isEmpty { document.append("marks", .document(Document(marks.inOrder { $0.document }))) }
        if isPaused { document.append("isPaused", true) }
        if let cancel { document.append("cancel", .document(cancel.document)) }
        if endsNow { document.append("endsNow", true) }
        document.append("revivedAt", ifPresent: revivedAt)
        document.append("failure", ifPresent: failure)
        if !lost.isEmpty {
            let members = lost.sorted { $0.key < $1.key }.map { task, lost -> (String, BSONValue) in
                (task.withoutNUL, .document(["count": .int64(Int64(lost.count)), "attempt": .int64(Int64(lost.attempt))]))
            }
            document.append("lost", .document(Document(members)))
        }
        return document
    }
}

extension TaskMark {
    fileprivate init(_ fields: FieldReader) throws(StoreError) {
        self.init(attempt: Int(clamping: try fields.int("attempt")), act: try fields.choice("act"), author: try Author(fields))
    }

    fileprivate var document: Document {
        var document: Document = ["attempt": .int64(Int64(attempt)), "act": .string(act.rawValue)]
        author.append(to: &document)
        return document
    }
}

extension [String: TaskMark] {
    fileprivate func inOrder(_ document: (TaskMark) -> Document) -> [(String, BSONValue)] {
        sorted { $0.key < $1.key }.map { ($0.key.withoutNUL, .document(document($0.value))) }
    }
}

extension Author {
    /// Who, when and why, as fields of a document that says more.
    package init(_ fields: FieldReader) throws(StoreError) {
        self.init(by: try fields.string("by"), reason: try fields.optionalString("reason") ?? "", at: try fields.date("at"))
    }

    package static func read(_ key: String, _ fields: FieldReader) throws(StoreError) -> Author? {
        guard let part = try fields.part(key) else { return nil }
        return try Author(part)
    }

    package func append(to document: inout Document) {
        document.append("by", .string(by))
        if !reason.isEmpty { document.append("reason", .string(reason)) }
        document.append("at", .date(at))
    }

    package var document: Document {
        var document = Document()
        append(to: &document)
        return document
    }
}

extension Command {
    /// - Parameter run: the run, which the command of a run's own document does not name.
    package init(_ fields: FieldReader, run: String) throws(StoreError) {
        self.init(
            id: try fields.string("_id"), run: run, kind: try fields.choice("kind"), tasks: try fields.strings("tasks"),
            author: try Author(fields))
    }

    fileprivate var document: Document {
        var document: Document = ["_id": .string(id), "kind": .string(kind.rawValue)]
        if !tasks.isEmpty { document.append("tasks", .array(tasks.map { .string($0) })) }
        author.append(to: &document)
        return document
    }
}
