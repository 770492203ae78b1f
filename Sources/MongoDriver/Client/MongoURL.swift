import CMongo

/// A parsed connection URL with the options that the configuration fixes. Used by one thread and gone once the pool exists.
final class MongoURL {
    private let url: OpaquePointer

    /// Parses and completes the URL. Error messages name what is wrong, never user or password.
    init(_ configuration: MongoConfiguration) throws(MongoError) {
        LibMongoC.initialize()
        let text = configuration.url
        guard !text.utf8.contains(0) else { throw MongoError(.invalidURL, "the URL contains a zero byte") }
        var error = cm_error()
        guard let url = cm_url_new(text, &error) else {
            let reason = withUnsafePointer(to: error) { String(cString: cm_error_message($0)) }
            throw MongoError(
                .invalidURL,
                "\(MongoURL.redacted(reason, of: text)). Expected mongodb://[user:password@]host[:port][,host…]/[database]?replicaSet=name")
        }
        self.url = url
        try refuseOptions()
        try apply(configuration)
    }

    deinit {
        cm_url_destroy(url)
    }

    var database: String? {
        cm_url_database(url).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// In milliseconds, as the URL or else the configuration says.
    var socketTimeout: Int32 {
        cm_url_int32(url, "sockettimeoutms", 0)
    }

    func makePool(_ configuration: MongoConfiguration) throws(MongoError) -> OpaquePointer {
        var error = cm_error()
        guard let pool = cm_pool_new(url, UInt32(configuration.maximumClients), &error) else {
            let reason = withUnsafePointer(to: error) { String(cString: cm_error_message($0)) }
            let kind: MongoError.Kind = reason.lowercased().contains("resol") || reason.contains("SRV") ? .nameResolution : .invalidURL
            throw MongoError(kind, MongoURL.redacted(reason, of: configuration.url))
        }
        return pool
    }

    private func refuseOptions() throws(MongoError) {
        let owned = "the driver sets it from its lanes: leave it out, and set the number of threads instead"
        for option in ["minPoolSize", "maxPoolSize", "waitQueueTimeoutMS", "waitQueueMultiple"] where cm_url_has(url, option.lowercased()) {
            throw MongoError(.invalidURL, "the URL must not set \(option): \(owned)")
        }
        let fixed = "the driver always reads from the primary with read concern majority and writes with write concern majority and journal"
        for option in ["journal", "safe", "slaveOk", "readPreference", "wTimeoutMS", "maxStalenessSeconds"]
        where cm_url_has(url, option.lowercased()) {
            throw MongoError(.invalidURL, "the URL must not set \(option): \(fixed)")
        }
        if let level = cm_url_read_concern(url), String(cString: level) != "majority" {
            throw MongoError(.invalidURL, "the URL must not set readConcernLevel to anything but majority: \(fixed)")
        }
        guard cm_url_has_majority(url) else {
            throw MongoError(.invalidURL, "the URL must not set w to anything but majority: \(fixed)")
        }
        guard cm_url_bool(url, "retrywrites", true), cm_url_bool(url, "retryreads", true) else {
            throw MongoError(.invalidURL, "the URL must not switch off retryWrites or retryReads: the driver relies on them")
        }
    }

    private func apply(_ configuration: MongoConfiguration) throws(MongoError) {
        try setTimeout("serverSelectionTimeoutMS", configuration.serverSelectionTimeout, in: 100...300_000)
        try setTimeout("connectTimeoutMS", configuration.connectTimeout, in: 100...300_000)
        try setTimeout("socketTimeoutMS", configuration.socketTimeout, in: 3_000...3_600_000)
        // libmongoc waits for its next look at a server before it trusts it again: 10 s by default, longer than selection may take.
        try setTimeout("heartbeatFrequencyMS", .seconds(2), in: 500...60_000)
        let socket = socketTimeout
        guard socket > configuration.operationTimeLimit.milliseconds else {
            throw MongoError(
                .invalidConfiguration,
                "the socket timeout (\(socket) ms) must be longer than operationTimeLimit (\(configuration.operationTimeLimit.milliseconds) ms)"
            )
        }
        // Threads and clients are as many as each other, so that no pop waits; should one, it ends.
        let done =
            cm_url_set_int32(url, "waitqueuetimeoutms", 1_000) && cm_url_set_bool(url, "retrywrites", true)
            && cm_url_set_bool(url, "retryreads", true)
            && (cm_url_has(url, "appname") || cm_url_set_text(url, "appname", configuration.applicationName))
        guard done else { throw MongoError(.invalidURL, "libmongoc refuses the URL's options") }
        cm_url_require_durability(url, configuration.operationTimeLimit.milliseconds)
        if configuration.durability == .primaryOnly { cm_url_lower_durability(url) }
    }

    private func setTimeout(_ option: String, _ value: Duration, in range: ClosedRange<Int32>) throws(MongoError) {
        let key = option.lowercased()
        if !cm_url_has(url, key) { _ = cm_url_set_int32(url, key, value.milliseconds) }
        let milliseconds = cm_url_int32(url, key, 0)
        guard range.contains(milliseconds) else {
            throw MongoError(.invalidURL, "\(option) is \(milliseconds); it must be in \(range.lowerBound)...\(range.upperBound) ms")
        }
    }

    /// `text` without the user and password of the URL. Everything between the scheme and the last at sign counts as such, since a
    /// URL that does not parse may have its password in odd places.
    static func redacted(_ text: String, of url: String) -> String {
        guard let at = url.lastIndex(of: "@") else { return text }
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        guard start < at else { return text }
        let secrets = [url[start..<at]] + url[start..<at].split(whereSeparator: { ":/@?&=".contains($0) })
        return secrets.filter { $0.count > 1 }.reduce(text) { $0.replacing($1, with: "***") }
    }
}
