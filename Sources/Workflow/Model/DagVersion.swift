#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Dag {
    /// The content hash of the definition: SHA-256 of its canonical JSON (keys sorted, status left out), first 16 bytes in hex.
    ///
    /// Two definitions with one version run alike, so a run that names the version is pinned to what was submitted.
    public func contentVersion() throws -> String {
        var content = self
        content.status = .normal
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ContentHash.hex(of: try encoder.encode(content))
    }

    /// The key of one version in the store: `<id>@<version>`.
    public static func versionKey(id: String, version: String) -> String { "\(id)@\(version)" }
}
