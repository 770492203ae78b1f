import ArgumentParser
import Console
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How large a definition may be, for the commands that read files.
struct DagLimitOptions: ParsableArguments {
    @Option(
        name: .customLong("dag-max-tasks"),
        help: "How many tasks a DAG may have (default 100000); SWIFTFLOW_DAG_MAX_TASKS where it is not given.")
    var maxTasks: Int?

    @Option(
        name: .customLong("dag-max-bytes"),
        help: "How many bytes a file may have (default 67108864); SWIFTFLOW_DAG_MAX_BYTES where it is not given.")
    var maxBytes: Int?

    /// - Throws: `Failure` for a value that makes no sense.
    func limits(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> DagLimits {
        let defaults = DagLimits()
        return DagLimits(
            maxTasks: try value(maxTasks, "SWIFTFLOW_DAG_MAX_TASKS", DagLimits.taskRange, environment) ?? defaults.maxTasks,
            maxFileBytes: try value(maxBytes, "SWIFTFLOW_DAG_MAX_BYTES", DagLimits.byteRange, environment) ?? defaults.maxFileBytes)
    }

    private func value(_ option: Int?, _ name: String, _ range: ClosedRange<Int>, _ environment: [String: String]) throws -> Int? {
        let text = option.map(String.init) ?? environment[name] ?? ""
        guard !text.isEmpty else { return nil }
        guard let value = Int(text), range.contains(value) else {
            let flag = "--" + name.dropFirst("SWIFTFLOW_".count).lowercased().replacing("_", with: "-")
            throw Failure(
                .usage, "\(flag) (or \(name)) is '\(text)', it must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
