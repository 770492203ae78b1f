import BSON
import MongoDriver
import Records

/// The capped collection of hints. Nothing in it matters, so it is put right on the spot, whatever became of it.
enum SignalCollection {
    /// How large it is, in bytes; older hints fall out.
    static let bytes = 1 << 20

    /// Creates the collection where it is missing. One that is not capped but holds nothing but hints (an insert makes it so after somebody dropped it) is made capped.
    /// - Throws: `MongoError` (`.invalidArgument`) where the collection is not capped and holds something else: that is left alone.
    static func ensure(_ namespace: Namespace, on connection: borrowing Connection) throws {
        do {
            try connection.createCollection(namespace, capped: Cap(bytes: bytes))
        } catch  where error.kind == .invalidArgument {
            guard try connection.find(namespace, filter: noHint, limit: 1).isEmpty else { throw error }
            _ = try connection.command(
                namespace.database,
                [
                    "convertToCapped": .string(namespace.collection), "size": .int64(Int64(bytes)),
                    "writeConcern": ["w": "majority", "j": true],
                ])
        }
    }

    private static let noHint: Document = [
        "$nor": [
            ["to": ["$type": "string"], "kind": ["$type": "string"]], ["swiftflowTailOpened": true],
            ["swiftflowTailEnded": ["$exists": true]],
        ]
    ]
}
