import BSON
import Engine

extension TraceChunk {
    init(_ fields: FieldReader) throws(StoreError) {
        var lines: [TraceLine] = []
        for line in try fields.documents("lines") {
            lines.append(TraceLine(at: try line.date("at"), level: try line.choice("level"), message: try line.string("message")))
        }
        self.init(
            dagInsId: try fields.string("dagInsId"), taskId: try fields.string("taskId"), epoch: try fields.int("epoch"),
            attempt: Int(clamping: try fields.int("attempt")), seq: Int(clamping: try fields.int("seq")),
            worker: try fields.string("worker"),
            lines: lines)
    }

    var document: Document {
        var document: Document = ["_id": .string(id), "dagInsId": .string(dagInsId), "taskId": .string(taskId)]
        document.append("epoch", .int64(epoch))
        document.append("attempt", .int64(Int64(attempt)))
        document.append("seq", .int64(Int64(seq)))
        document.append("worker", .string(worker))
        let lines = lines.map { line -> BSONValue in
            .document(["at": .date(line.at), "level": .string(line.level.rawValue), "message": .string(line.message)])
        }
        document.append("lines", .array(lines))
        return document
    }
}
