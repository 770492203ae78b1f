import Foundation

/// The checkout of Swiftflow that a program was built in.
enum Checkout {
    /// - Parameters:
    ///   - executable: the program; one that was built stands below a folder of builds (`.build…`) of its package.
    ///   - manifest: the text of the manifest in a folder; `nil` where there is none.
    /// - Returns: the path of the checkout; `nil` for a program that was installed, or is of another package.
    static func around(_ executable: URL, manifest: (URL) -> String? = Self.manifest) -> String? {
        var folder = executable.resolvingSymlinksInPath().deletingLastPathComponent()
        while folder.pathComponents.count > 1, !folder.lastPathComponent.hasPrefix(".build") { folder.deleteLastPathComponent() }
        guard folder.pathComponents.count > 1 else { return nil }
        folder.deleteLastPathComponent()
        // The line in which this package says its name.
        guard manifest(folder)?.contains("\n    name: \"swiftflow\",\n") == true else { return nil }
        return folder.path
    }

    private static func manifest(_ folder: URL) -> String? {
        try? String(contentsOf: folder.appending(path: "Package.swift"), encoding: .utf8)
    }
}
