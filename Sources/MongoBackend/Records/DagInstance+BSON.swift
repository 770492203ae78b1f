import BSON
import Engine
import Workflow

extension DagInstance {
    init(_ fields: FieldReader) throws(StoreError) {
        self.init(
            id: try fields.string("_id"), dagId: try fields.string("dagId"), dagVersion: try fields.string("dagVersion"),
            trigger: try fields.choice("trigger"), status: try fields.choice("status"), reason: try fields.optionalString("reason") ?? "",
            worker: try fields.optionalString("worker"), session: try fields.optionalString("session"),
            version: RecordVersion(rawValue: try fields.int("version")), runEpoch: try fields.optionalInt("runEpoch") ?? 0,
            vars: try fields.texts("vars"), shareData: try fields.texts("shareData"), tags: try fields.texts("tags"),
            adoptions: Int(clamping: try fields.optionalInt("adoptions") ?? 0),
            progress: Int(clamping: try fields.optionalInt("progress") ?? 0),
            claims: try fields.numbers("claims"), createdAt: try fields.date("createdAt"), startedAt: try fields.optionalDate("startedAt"),
            endedAt: try fields.optionalDate("endedAt"))
    }

    var document: Document {
        var document: Document = ["_id": .string(id), "dagId": .string(dagId), "dagVersion": .string(dagVersion)]
        document.append("trigger", .string(trigger.rawValue))
        document.append("status", .string(status.rawValue))
        document.append("reason", .string(reason))
        document.append("worker", ifPresent: worker)
        // A field that is there exactly while somebody owns the run: the index of owned runs is partial on it.
        document.append("session", ifPresent: session)
        document.append("version", .int64(version.rawValue))
        document.append("runEpoch", .int64(runEpoch))
        document.append("vars", .document(Document(texts: vars)))
        document.append("shareData", .document(Document(texts: shareData)))
        document.append("tags", .document(Document(texts: tags)))
        document.append("adoptions", .int64(Int64(adoptions)))
        document.append("progress", .int64(Int64(progress)))
        if !claims.isEmpty {
            document.append("claims", .document(Document(claims.sorted { $0.key < $1.key }.map { ($0.key, .int64(Int64($0.value))) })))
        }
        document.append("createdAt", .date(createdAt))
        document.append("startedAt", ifPresent: startedAt)
        document.append("endedAt", ifPresent: endedAt)
        return document
    }
}

extension OwnedInstance {
    static let projection: Document = ["dagId": 1, "dagVersion": 1, "status": 1, "session": 1, "version": 1, "runEpoch": 1]

    init(_ fields: FieldReader) throws(StoreError) {
        self.init(
            id: try fields.string("_id"), dagId: try fields.string("dagId"), dagVersion: try fields.string("dagVersion"),
            status: try fields.choice("status"), session: try fields.optionalString("session"),
            version: RecordVersion(rawValue: try fields.int("version")), runEpoch: try fields.optionalInt("runEpoch") ?? 0)
    }
}
