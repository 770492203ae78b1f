import Console
import Engine
import Swiftflow
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension DagFile {
    /// Reads a file, or the files of a directory. Actions that are neither built in nor `registered` get a warning.
    /// - Throws: `Failure` if there is nothing at the path.
    static func existing(_ path: String, registered: Set<String> = [], limits: DagLimits = DagLimits()) throws -> [DagFile] {
        guard FileManager.default.fileExists(atPath: path) else {
            throw Failure(.usage, "there is no file or directory '\(path)'; check the path")
        }
        return readAll(path, known: KnownActions(builtIn: BuiltInActionNames.all, registered: registered), limits: limits)
    }
}
