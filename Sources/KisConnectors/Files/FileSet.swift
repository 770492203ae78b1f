import Foundation
import KisFlow

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The file that a path names, or those that match it as a pattern.
struct FileSet {
    struct File {
        let path: String
        /// What tells it from the others; `nil` when there is but one.
        let name: String?
    }

    let path: String

    init(_ path: String) {
        self.path = path
    }

    /// - Parameter name: the file to start with, among several.
    /// - Throws: `FlowError` of kind `connector` when nothing matches, or that file is gone.
    func files(from name: String?) throws -> [File] {
        guard path.contains(where: { "*?[".contains($0) }), !FileManager.default.fileExists(atPath: path) else {
            return [File(path: path, name: nil)]
        }
        let matches = matches()
        guard !matches.isEmpty else { throw FlowError(.connector, "no file matches \(path)") }
        guard let name else { return matches.map { File(path: $0, name: $0) } }
        guard let start = matches.firstIndex(of: name) else {
            throw FlowError(
                .connector, "the file \(name) that the checkpoint speaks of is gone; put it back, or start without the checkpoint")
        }
        return matches[start...].map { File(path: $0, name: $0) }
    }

    private func matches() -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(path, 0, nil, &found) == 0 else { return [] }
        let names = (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
        // Byte by byte, whatever the language of the process.
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
