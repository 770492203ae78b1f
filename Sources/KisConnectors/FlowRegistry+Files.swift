public import KisFlow

extension FlowRegistry {
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
