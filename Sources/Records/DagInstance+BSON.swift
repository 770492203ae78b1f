package import BSON
package import Engine
package import Workflow

extension DagInstance {
    package init(_ fields: FieldReader) throws(StoreError) {
        self.init(
            id: try fields.string("_id"), dagId: try fields.string("dagId"), dagVersion: try fields.string("dagVersion"),
            trigger: try fields.choice("trigger"), status: try fields.choice("status"), reason: try fields.optionalString("reason") ?? "",
            worker: try fields.optionalString("worker"), session: try fields.optionalString("session"),
            version: RecordVersion(rawValue: try fields.int("version")), runEpoch: try fields.optionalInt("runEpoch") ?? 0,
            vars: try fields.texts("vars"), shareData: try fields.texts("shareData"), tags: try fields.texts("tags"),
            adoptions: Int(clamping: try fields.optionalInt("adoptions") ?? 0),
            progress: Int(clamping: try fields.optionalInt("progress") ?? 0),
            claims: try fields.numbers("claims"), priority: Int(clamping: try fields.optionalInt("priority") ?? 0),
            wakeAt: try fields.optionalDate("wakeAt"), control: try RunControl.read(fields), origin: try RunOrigin.read(fields),
            createdAt: try fields.date("createdAt"), startedAt: try fields.optionalDate("startedAt"),
            endedAt: try fields.optionalDate("endedAt"))
    }

    package var document: Document {
        Document(capacity: 768) { document in
            document.append("_id", id)
            document.append("dagId", dagId)
            document.append("dagVersion", dagVersion)
            document.append("trigger", trigger.rawValue)
            document.append("status", status.rawValue)
            document.append("reason", reason)
            if let worker { document.append("worker", worker) }
            // A field that is there exactly while somebody owns the run: the index of owned runs is partial on it.
            if let session { document.append("session", session) }
            document.append("version", version.rawValue)
            document.append("runEpoch", runEpoch)
            document.append("vars", vars.inOrder)
            document.append("shareData", shareData.inOrder)
            document.append("tags", tags.inOrder)
            document.append("adoptions", Int64(adoptions))
            document.append("progress", Int64(progress))
            if !claims.isEmpty {
                document.append("claims", Document(claims.sorted { $0.key < $1.key }.map { ($0.key, .int64(Int64($0.value))) }))
            }
            // What few runs have is not there in the others: neither they nor their indexes grow by it.
            if priority != 0 { document.append("priority", Int64(priority)) }
            if let wakeAt { document.append("wakeAt", BSONDate(wakeAt)) }
            if let control, !control.isEmpty { document.append("control", control.document) }
            if let origin { document.append("origin", origin.document) }
            document.append("createdAt", BSONDate(createdAt))
            if let startedAt { document.append("startedAt", BSONDate(startedAt)) }
            if let endedAt { document.append("endedAt", BSONDate(endedAt)) }
        }
    }
}

extension OwnedInstance {
    package static let projection: Document = [
        "dagId": 1, "dagVersion": 1, "status": 1, "session": 1, "version": 1, "runEpoch": 1, "origin.kind": 1, "origin.task": 1,
    ]

    package init(_ fields: FieldReader) throws(StoreError) {
        let origin = try fields.part("origin")
        let isOfTask = try origin?.optionalString("kind") == RunOrigin.Kind.task.rawValue
        self.init(
            id: try fields.string("_id"), dagId: try fields.string("dagId"), dagVersion: try fields.string("dagVersion"),
            status: try fields.choice("status"), session: try fields.optionalString("session"),
            version: RecordVersion(rawValue: try fields.int("version")), runEpoch: try fields.optionalInt("runEpoch") ?? 0,
            task: isOfTask ? try origin?.optionalString("task") : nil)
    }
}
