package import BSON
package import Engine
package import Workflow

extension RunOrigin {
    /// - Returns: `nil` where there is none.
    package static func read(_ run: FieldReader) throws(StoreError) -> RunOrigin? {
        guard let fields = try run.part("origin") else { return nil }
        return RunOrigin(
            kind: try fields.choice("kind"), run: try fields.string("run"), task: try fields.optionalString("task") ?? "",
            attempt: Int(clamping: try fields.optionalInt("attempt") ?? 0), lineage: try fields.strings("lineage"),
            params: try fields.optional("params", "a document") { $0.documentValue?.values },
            from: fields.document.contains(key: "from") ? try fields.strings("from") : nil)
    }

    package var document: Document {
        var document: Document = ["kind": .string(kind.rawValue), "run": .string(run)]
        if !task.isEmpty { document.append("task", .string(task)) }
        if attempt != 0 { document.append("attempt", .int64(Int64(attempt))) }
        if !lineage.isEmpty { document.append("lineage", .array(lineage.map { .string($0) })) }
        if let params { document.append("params", .document(Document(params))) }
        if let from { document.append("from", .array(from.map { .string($0) })) }
        return document
    }
}
