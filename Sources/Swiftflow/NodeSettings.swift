import Actions
import Configuration
import Engine
import SystemPackage
import Workflow
import Yams

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a node's command line, environment and YAML file say, in that order of precedence.
struct NodeSettings: Sendable {
    /// Where the store is; no default, since a wrong guess would split a cluster.
    var url: String
    /// Directory of KisFlow YAML, if any.
    var flowDirectory: String?
    var logLevel: String
    var node: NodeConfiguration

    /// Keys as they are written in a YAML file. On the command line `lease.ttl` is `--lease-ttl`, in the environment `SWIFTFLOW_LEASE_TTL`.
    enum Key: String, CaseIterable {
        case url
        case key
        case dags
        case flows
        case leaseTTL = "lease.ttl"
        case capacity
        case concurrentTasks = "concurrent.tasks"
        case blockingThreads = "blocking.threads"
        case gracePeriod = "grace.period"
        case pollInterval = "poll.interval"
        case logLevel = "log.level"
        case dagMaxTasks = "dag.max.tasks"
        case dagMaxBytes = "dag.max.bytes"
        case labels = "label"
        case actionLimits = "action.limit"
        case stopRemovedDags = "stop.removed.dags"
    }

    /// - Parameters:
    ///   - flags: values from the command line.
    ///   - file: path of a YAML file, if one was given.
    /// - Throws: `NodeError` naming the setting that is missing or wrong.
    static func read(flags: [Key: String], environment: [String: String], file: String?) async throws -> NodeSettings {
        var providers: [any ConfigProvider] = [
            InMemoryProvider(
                name: "command line",
                values: Dictionary(
                    uniqueKeysWithValues: flags.map { key, value in
                        (
                            AbsoluteConfigKey(key.rawValue.split(separator: ".").map(String.init)),
                            ConfigValue(.string(value), isSecret: key == .url)
                        )
                    })),
            EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "swiftflow"),
        ]
        if let file {
            do { providers.append(try await FileProvider<YAMLSnapshot>(filePath: FilePath(file))) } catch {
                throw NodeError("the configuration file \(file) cannot be used: \(error)")
            }
            try refuseUnknownKeys(in: file)
        }
        return try NodeSettings(Values(reader: ConfigReader(providers: providers)))
    }

    /// A misspelt setting must not silently be the default.
    private static func refuseUnknownKeys(in file: String) throws {
        guard let text = FileManager.default.contents(atPath: file), let root = try Yams.load(yaml: String(decoding: text, as: UTF8.self))
        else { return }
        let known = Set(Key.allCases.map(\.rawValue))
        let unknown = keys(of: root, prefix: "").filter { !known.contains($0) }.sorted()
        guard unknown.isEmpty else {
            throw NodeError(
                "\(file): unknown setting \(unknown.joined(separator: ", ")); known are \(known.sorted().joined(separator: ", "))")
        }
    }

    private static func keys(of value: Any, prefix: String) -> [String] {
        guard let members = value as? [String: Any] else { return [prefix] }
        return members.flatMap { keys(of: $0.value, prefix: prefix.isEmpty ? $0.key : "\(prefix).\($0.key)") }
    }

    private init(_ values: Values) throws {
        guard let url = values.string(.url) else {
            throw NodeError("no store: give --url mongodb://HOST/?replicaSet=NAME or --url sqlite:PATH, or set SWIFTFLOW_URL")
        }
        guard let key = values.string(.key) else {
            throw NodeError("no key: give --key NAME, or set SWIFTFLOW_KEY; the name must be unique in the cluster")
        }
        self.url = url
        flowDirectory = values.string(.flows)
        logLevel = values.string(.logLevel) ?? "info"
        var node = NodeConfiguration(key: key, dagDirectory: values.string(.dags))
        node.leaseTTL = try values.duration(.leaseTTL) ?? node.leaseTTL
        node.capacity = try values.int(.capacity) ?? node.capacity
        node.concurrentTasks = try values.int(.concurrentTasks) ?? node.concurrentTasks
        node.blockingThreads = try values.int(.blockingThreads) ?? node.blockingThreads
        node.gracePeriod = try values.duration(.gracePeriod) ?? node.gracePeriod
        node.pollInterval = try values.duration(.pollInterval) ?? node.pollInterval
        node.dagLimits = DagLimits(
            maxTasks: try values.int(.dagMaxTasks) ?? node.dagLimits.maxTasks,
            maxFileBytes: try values.int(.dagMaxBytes) ?? node.dagLimits.maxFileBytes)
        node.stopsRemovedDags = try values.flag(.stopRemovedDags) ?? node.stopsRemovedDags
        node.labels = try values.pairs(.labels)
        for (action, limit) in try values.pairs(.actionLimits) {
            guard let limit = Int(limit) else {
                throw NodeError("action.limit is '\(action)=\(limit)', it must be ACTION=NUMBER")
            }
            node.actionLimits[action] = limit
        }
        try node.validate()
        self.node = node
    }

    /// Values by key, with errors that name the setting.
    private struct Values {
        let reader: ConfigReader

        /// YAML may hold a number where a text would do, so the reader is asked for both.
        func string(_ key: Key) -> String? {
            let name = ConfigKey(key.rawValue.split(separator: ".").map(String.init))
            // An empty variable of the environment is one that nobody has set.
            let text = reader.string(forKey: name) ?? reader.int(forKey: name).map(String.init)
            return text?.isEmpty == false ? text : nil
        }

        func int(_ key: Key) throws(NodeError) -> Int? {
            guard let text = string(key) else { return nil }
            guard let int = Int(text) else { throw NodeError("\(key.rawValue) is '\(text)', it must be a whole number") }
            return int
        }

        func flag(_ key: Key) throws(NodeError) -> Bool? {
            let name = ConfigKey(key.rawValue.split(separator: ".").map(String.init))
            if let flag = reader.bool(forKey: name) { return flag }
            guard let text = string(key) else { return nil }
            guard let flag = ["true": true, "yes": true, "false": false, "no": false][text] else {
                throw NodeError("\(key.rawValue) is '\(text)', it must be true or false")
            }
            return flag
        }

        /// `NAME=VALUE`, several of them separated by commas.
        func pairs(_ key: Key) throws(NodeError) -> [String: String] {
            var pairs: [String: String] = [:]
            for pair in (string(key) ?? "").split(separator: ",") {
                let parts = pair.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
                guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                    throw NodeError("\(key.rawValue) is '\(pair)', it must be NAME=VALUE (several are separated by commas)")
                }
                guard pairs.updateValue(parts[1], forKey: parts[0]) == nil else {
                    throw NodeError("\(key.rawValue) names '\(parts[0])' twice")
                }
            }
            return pairs
        }

        func duration(_ key: Key) throws(NodeError) -> Duration? {
            guard let text = string(key) else { return nil }
            do throws(ActionError) { return try Duration(text, parameter: key.rawValue) } catch { throw NodeError("\(error)") }
        }
    }
}
