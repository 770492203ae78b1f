/// A collection of a database.
public struct Namespace: Sendable, Hashable, CustomStringConvertible {
    public let database: String
    public let collection: String

    public init(_ database: String, _ collection: String) {
        self.database = database
        self.collection = collection
    }

    public var description: String {
        "\(database).\(collection)"
    }

    /// A name with a zero byte would reach C cut short, and so reach another collection.
    func validated() throws(MongoError) {
        guard !database.isEmpty, !collection.isEmpty, !database.utf8.contains(0), !collection.utf8.contains(0), !database.contains(".")
        else {
            throw MongoError(.invalidArgument, "\(String(reflecting: description)) is no name of a database and a collection")
        }
    }
}
