public import BSON
import CMongo

/// One write of a bulk.
public enum WriteOperation: Sendable, Hashable {
    /// A document without `_id` gets one.
    case insert(Document)
    case updateOne(filter: Document, update: UpdateSpec, upsert: Bool = false)
    case updateMany(filter: Document, update: UpdateSpec, upsert: Bool = false)
    case replaceOne(filter: Document, replacement: Document, upsert: Bool = false)
    case deleteOne(filter: Document)
    case deleteMany(filter: Document)

    /// Writes of one family travel in one command.
    enum Family: CaseIterable {
        case insert
        case update
        case delete
    }

    var family: Family {
        switch self {
        case .insert: .insert
        case .updateOne, .updateMany, .replaceOne: .update
        case .deleteOne, .deleteMany: .delete
        }
    }

    /// Whether a failure can leave some of its documents changed and others not.
    var isMulti: Bool {
        switch self {
        case .updateMany, .deleteMany: true
        default: false
        }
    }

    /// Adds the operation in the form that `cm_bulk` takes: kind, documents, options.
    func pack(into bytes: inout [UInt8]) throws(MongoError) {
        switch self {
        case .insert(let document):
            add(CM_WRITE_INSERT, [document], WriteOperation.plain, to: &bytes)
        case .updateOne(let filter, let update, let upsert):
            add(CM_WRITE_UPDATE_ONE, [filter, try update.checked()], upsert ? WriteOperation.upserting : WriteOperation.plain, to: &bytes)
        case .updateMany(let filter, let update, let upsert):
            add(CM_WRITE_UPDATE_MANY, [filter, try update.checked()], upsert ? WriteOperation.upserting : WriteOperation.plain, to: &bytes)
        case .replaceOne(let filter, let document, let upsert):
            let replacement = try document.checkedReplacement()
            add(CM_WRITE_REPLACE_ONE, [filter, replacement], upsert ? WriteOperation.upserting : WriteOperation.plain, to: &bytes)
        case .deleteOne(let filter):
            add(CM_WRITE_DELETE_ONE, [filter], WriteOperation.empty, to: &bytes)
        case .deleteMany(let filter):
            add(CM_WRITE_DELETE_MANY, [filter], WriteOperation.empty, to: &bytes)
        }
    }

    /// libmongoc need not validate what was validated when the Document came to be.
    private static let plain: Document = ["validate": false]
    private static let upserting: Document = ["validate": false, "upsert": true]
    private static let empty: Document = [:]

    private func add(_ kind: Int, _ documents: [Document], _ options: Document, to bytes: inout [UInt8]) {
        bytes.append(UInt8(kind))
        for document in documents { bytes += document.bytes }
        bytes += options.bytes
    }
}
