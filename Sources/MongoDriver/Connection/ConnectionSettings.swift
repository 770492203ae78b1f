/// What a connection needs of the configuration.
struct ConnectionSettings: Sendable {
    /// maxTimeMS of reads and findAndModify.
    let timeLimit: Int64
    let maximumResultBytes: Int

    init(_ configuration: MongoConfiguration) {
        timeLimit = Int64(configuration.operationTimeLimit.milliseconds)
        maximumResultBytes = configuration.maximumResultBytes
    }
}
