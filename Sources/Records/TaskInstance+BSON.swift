package import BSON
package import Engine
package import Workflow

extension TaskInstance {
    package init(_ fields: FieldReader) throws(StoreError) {
        self.init(
            dagInsId: try fields.string("dagInsId"), dagId: try fields.string("dagId"), taskId: try fields.string("taskId"),
            actionName: try fields.string("actionName"), dependOn: try fields.strings("dependOn"), status: try fields.choice("status"),
            reason: try fields.optionalString("reason") ?? "", attempt: Int(clamping: try fields.int("attempt")),
            version: RecordVersion(rawValue: try fields.int("version")), worker: try fields.string("worker"),
            params: try fields.optional("params", "a document") { $0.documentValue?.values } ?? [:],
            output: fields.document["output"].map(Value.init), shareData: try ShareDataChange.read(fields),
            wakeAt: try fields.optionalDate("wakeAt"), history: try TaskHistory.read(fields),
            startedAt: try fields.optionalDate("startedAt"), endedAt: try fields.optionalDate("endedAt"))
    }

    package var document: Document {
        Document(capacity: 512) { document in
            document.append("_id", id)
            document.append("dagInsId", dagInsId)
            document.append("dagId", dagId)
            document.append("taskId", taskId)
            document.append("actionName", actionName)
            document.append("dependOn", dependOn)
            document.append("status", status.rawValue)
            document.append("reason", reason)
            document.append("attempt", Int64(attempt))
            document.append("version", version.rawValue)
            document.append("worker", worker)
            document.append("params", Document(params))
            if let output { document.append("output", value: BSONValue(output)) }
            if !shareData.isEmpty { document.append("shareData", shareData) { $0.append(to: &$1) } }
            if let wakeAt { document.append("wakeAt", BSONDate(wakeAt)) }
            if let history, !history.isEmpty { document.append("history", history.document) }
            if let startedAt { document.append("startedAt", BSONDate(startedAt)) }
            if let endedAt { document.append("endedAt", BSONDate(endedAt)) }
        }
    }
}

extension ShareDataChange {
    package static func read(_ fields: FieldReader) throws(StoreError) -> [ShareDataChange] {
        var changes: [ShareDataChange] = []
        for change in try fields.documents("shareData") {
            changes.append(
                ShareDataChange(
                    order: RecordVersion(rawValue: try change.int("order")), key: try change.string("key"),
                    value: try change.optionalString("value")))
        }
        return changes
    }

    fileprivate func append(to document: inout DocumentBuilder) {
        document.append("order", order.rawValue)
        document.append("key", key)
        if let value { document.append("value", value) }
    }
}
