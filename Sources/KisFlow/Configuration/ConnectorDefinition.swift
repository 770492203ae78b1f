/// One connector as configured: what kind of store, where, and what in it.
public struct ConnectorDefinition: Sendable, Hashable {
    public var name: String
    /// The kind of store, such as `csv`. A factory registered for the connector's name takes precedence over one for its type.
    public var type: String
    /// Where the store is: host and port, or the path of a file or folder.
    public var address: String
    /// What in the store is meant: a key, a table, a topic, a file in the folder.
    public var key: String
    public var params: [String: String]
    /// The functions that load through this connector, as far as the configuration lists them. Informative: binding is by the function's `cname`.
    public var load: [String]
    /// The functions that save through this connector; informative as well.
    public var save: [String]

    public init(
        name: String, type: String, address: String = "", key: String = "", params: [String: String] = [:],
        load: [String] = [], save: [String] = []
    ) {
        self.name = name
        self.type = type
        self.address = address
        self.key = key
        self.params = params
        self.load = load
        self.save = save
    }
}
