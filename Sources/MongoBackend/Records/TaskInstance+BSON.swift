import BSON
import Engine
import Workflow

extension TaskInstance {
    init(_ fields: FieldReader) throws(StoreError) {
        self.init(
            dagInsId: try fields.string("dagInsId"), dagId: try fields.string("dagId"), taskId: try fields.string("taskId"),
            actionName: try fields.string("actionName"), dependOn: try fields.strings("dependOn"), status: try fields.choice("status"),
            reason: try fields.optionalString("reason") ?? "", attempt: Int(clamping: try fields.int("attempt")),
            version: RecordVersion(rawValue: try fields.int("version")), worker: try fields.string("worker"),
            params: try fields.optional("params", "a document") { $0.documentValue?.values } ?? [:],
            output: fields.document["output"].map(Value.init), shareData: try ShareDataChange.read(fields),
            startedAt: try fields.optionalDate("startedAt"), endedAt: try fields.optionalDate("endedAt"))
    }

    var document: Document {
        var document: Document = ["_id": .string(id), "dagInsId": .string(dagInsId), "dagId": .string(dagId), "taskId": .string(taskId)]
        document.append("actionName", .string(actionName))
        document.append("dependOn", .array(dependOn.map { .string($0) }))
        document.append("status", .string(status.rawValue))
        document.append("reason", .string(reason))
        document.append("attempt", .int64(Int64(attempt)))
        document.append("version", .int64(version.rawValue))
        document.append("worker", .string(worker))
        document.append("params", .document(Document(params)))
        if let output { document.append("output", BSONValue(output)) }
        if !shareData.isEmpty { document.append("shareData", .array(shareData.map { .document($0.document) })) }
        document.append("startedAt", ifPresent: startedAt)
        document.append("endedAt", ifPresent: endedAt)
        return document
    }
}

extension ShareDataChange {
    static func read(_ fields: FieldReader) throws(StoreError) -> [ShareDataChange] {
        var changes: [ShareDataChange] = []
        for change in try fields.documents("shareData") {
            changes.append(
                ShareDataChange(
                    order: RecordVersion(rawValue: try change.int("order")), key: try change.string("key"),
                    value: try change.optionalString("value")))
        }
        return changes
    }

    var document: Document {
        var document: Document = ["order": .int64(order.rawValue), "key": .string(key)]
        document.append("value", ifPresent: value)
        return document
    }
}
