public import KisFlow

extension FlowRegistry {
    /// Registers the connectors of all types of this module: `file`, `csv`, `tsv`, `jsonl`, `text` (``FileConnector``), `redis` (``RedisConnector``),
    /// `mongodb` (``MongoConnector``) and `http` (``HTTPConnector``).
    ///
    /// In a connector's `addrs`, `key` and `params`, `${NAME}` stands for an environment variable, so that no secret has to stand in a configuration. One that
    /// is not set makes the connector's flows unavailable, with an error that names it.
    ///
    /// - Parameter directory: where relative paths of files start; the process's working folder when left out.
    /// - Throws: `FlowError` of kind `duplicateName` when one of the types is taken.
    public mutating func registerConnectors(directory: String? = nil) throws {
        try registerFileConnectors(directory: directory)
        try connector(type: "redis") { try RedisConnector($0) }
        try connector(type: "mongodb") { try MongoConnector($0) }
        try connector(type: "http") { try HTTPConnector($0) }
    }

    /// Registers the connectors of type `file`, `csv`, `tsv`, `jsonl` and `text`, all of them a ``FileConnector``.
    ///
    /// - Parameter directory: where relative paths start; the process's working folder when left out.
    /// - Throws: `FlowError` of kind `duplicateName` when one of the types is taken.
    public mutating func registerFileConnectors(directory: String? = nil) throws {
        for type in ["file"] + FileFormat.Kind.allCases.map(\.rawValue) {
            try connector(type: type) { try FileConnector($0, directory: directory) }
        }
    }
}
