package import BSON
package import Engine
package import Workflow

extension TaskHistory {
    /// - Returns: `nil` where there is none.
    package static func read(_ task: FieldReader) throws(StoreError) -> TaskHistory? {
        guard let fields = try task.part("history") else { return nil }
        var history = TaskHistory()
        for attempt in try fields.documents("attempts") { history.attempts.append(try Attempt(attempt)) }
        history.retries = Int(clamping: try fields.optionalInt("retries") ?? 0)
        history.firstStartedAt = try fields.optionalDate("firstStartedAt")
        history.memo = fields.document["memo"].map(Value.init)
        if let decision = try fields.part("decision") {
            history.decision = Decision(isApproved: try decision.flag("isApproved"), author: try Author(decision))
        }
        history.childRun = try fields.optionalString("childRun")
        return history
    }

    package var document: Document {
        var document = Document()
        if !attempts.isEmpty { document.append("attempts", .array(attempts.map { .document($0.document) })) }
        if retries != 0 { document.append("retries", .int64(Int64(retries))) }
        document.append("firstStartedAt", ifPresent: firstStartedAt)
        if let memo { document.append("memo", BSONValue(memo)) }
        if let decision {
            var said: Document = ["isApproved": .bool(decision.isApproved)]
            decision.author.append(to: &said)
            document.append("decision", .document(said))
        }
        document.append("childRun", ifPresent: childRun)
        return document
    }
}

extension TaskHistory.Attempt {
    fileprivate init(_ fields: FieldReader) throws(StoreError) {
        self.init(
            attempt: Int(clamping: try fields.int("attempt")), status: try fields.choice("status"),
            reason: try fields.optionalString("reason") ?? "", worker: try fields.string("worker"),
            startedAt: try fields.optionalDate("startedAt"), endedAt: try fields.optionalDate("endedAt"))
    }

    fileprivate var document: Document {
        var document: Document = ["attempt": .int64(Int64(attempt)), "status": .string(status.rawValue)]
        if !reason.isEmpty { document.append("reason", .string(reason)) }
        document.append("worker", .string(worker))
        document.append("startedAt", ifPresent: startedAt)
        document.append("endedAt", ifPresent: endedAt)
        return document
    }
}
