import BSON
import Engine
import MongoDriver
import Records
import Workflow

/// A version of a definition as it is kept: one document, or, above what MongoDB takes as one, a document that names its chunks.
///
/// Chunks are the pieces of the definition's BSON, keys sorted, each under the hash of its content. They are inserted before the document that names them, so whoever finds the
/// version finds all of it; what a crash leaves in between belongs to nothing, harms nothing, and is found again when the same definition is applied.
struct KeptVersion: Sendable {
    /// What a definition may be split into.
    struct Chunking: Sendable {
        /// The largest definition that is kept in one document, in bytes: a document's limit less what is around the definition.
        var inlineLimit = 16 * 1_024 * 1_024 - 64 * 1_024
        /// Bytes of a chunk: several fit into one message.
        var chunkBytes = 8 << 20
        /// The largest definition, in bytes.
        var limit = 1 << 30
    }

    let key: String
    let document: Document
    let chunks: [Document]

    init(_ new: NewDefinition, _ chunking: Chunking) throws {
        key = Dag.versionKey(id: new.dag.id, version: new.version)
        var document: Document = ["_id": .string(key), "dagId": .string(new.dag.id), "version": .string(new.version)]
        let definition = try BSONEncoder().encode(new.dag)
        guard definition.bytes.count > chunking.inlineLimit else {
            document.append("definition", .document(definition))
            self.document = document
            chunks = []
            return
        }
        guard definition.bytes.count <= chunking.limit else {
            throw StoreError(
                .refused, "the definition '\(new.dag.id)' has \(definition.bytes.count) bytes, the most is \(chunking.limit); split it")
        }
        let bytes = definition.keysSorted.bytes
        chunks = stride(from: 0, to: bytes.count, by: chunking.chunkBytes).map { start in
            Self.chunk(Array(bytes[start..<min(start + chunking.chunkBytes, bytes.count)]))
        }
        document.append("bytes", .int64(Int64(bytes.count)))
        document.append("chunks", .array(chunks.compactMap { $0["_id"] }))
        self.document = document
    }

    private static func chunk(_ bytes: [UInt8]) -> Document {
        ["_id": .string(ContentHash.hex(of: bytes)), "data": .binary(subtype: 0, bytes: bytes)]
    }
}
