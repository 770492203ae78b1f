package import BSON
package import Engine
package import Workflow

extension CommandRecord {
    package init(_ fields: FieldReader) throws(StoreError) {
        self.init(
            try Command(fields, run: try fields.string("run")), status: try fields.choice("status"),
            result: try fields.optionalString("result") ?? "", settledAt: try fields.optionalDate("settledAt"))
    }

    /// As it is kept at first.
    package var document: Document {
        var document: Document = ["_id": .string(command.id), "run": .string(command.run), "kind": .string(command.kind.rawValue)]
        if !command.tasks.isEmpty { document.append("tasks", .array(command.tasks.map { .string($0) })) }
        command.author.append(to: &document)
        document.append("status", .string(status.rawValue))
        // A field that is there exactly while the command is not settled: the indexes of open ones are partial on it.
        if !status.isSettled { document.append("open", true) }
        if !result.isEmpty { document.append("result", .string(result)) }
        document.append("settledAt", ifPresent: settledAt)
        return document
    }
}
