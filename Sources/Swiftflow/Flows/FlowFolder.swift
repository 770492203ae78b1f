import ArgumentParser
import Foundation
import KisFlow

/// Where the files of flows are.
struct FlowFolder: ParsableArguments {
    @Option(help: "Directory of KisFlow files (flow, func, conn); SWIFTFLOW_FLOWS where it is not given.", completion: .directory)
    var flows: String?

    /// - Throws: `FlowUsageError` when nothing names a folder.
    func path(_ argument: String? = nil) throws -> String {
        let environment = ProcessInfo.processInfo.environment["SWIFTFLOW_FLOWS"]
        guard let path = [argument, flows, environment].compactMap({ $0 }).first(where: { !$0.isEmpty }) else {
            throw FlowUsageError("no folder of flows is named; give --flows DIR or set SWIFTFLOW_FLOWS")
        }
        return path
    }
}

/// A command that cannot be done as it was given.
struct FlowUsageError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
