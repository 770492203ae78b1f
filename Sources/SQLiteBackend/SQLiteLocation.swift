public import Engine

/// What a URL like `sqlite:./.swiftflow/flow.db?synchronous=normal` says.
public struct SQLiteLocation: Sendable, Hashable {
    /// The file; `nil` for a store in memory, which ends with the process.
    public var path: String?
    public var synchronous: Synchronous = .full
    /// Whether the file is taken over though sessions of another host are alive in it by name: for a host that is gone for good.
    public var takesOver = false

    /// When a write is safe.
    public enum Synchronous: String, Sendable, Hashable, CaseIterable {
        /// What was acknowledged survives the loss of power: one sync of the disk for each transaction.
        case full
        /// What was acknowledged survives the end of the process, by `kill -9` too; the last moments may be gone after a loss of power. The file stays whole.
        case normal
    }

    /// Where `swiftflow dev` and `swiftflow run` keep their runs unless they are told otherwise, seen from the working directory.
    public static let defaultPath = "./.swiftflow/flow.db"

    public init(path: String?, synchronous: Synchronous = .full) {
        self.path = path
        self.synchronous = synchronous
    }

    /// Whether a URL is one for this backend.
    public static func isMeant(by url: String) -> Bool { url.hasPrefix("sqlite:") }

    /// - Throws: `StoreError` of the kind `.misconfigured` that says what is wrong with the URL.
    public init(url: String) throws(StoreError) {
        guard Self.isMeant(by: url) else { throw Self.wrong(url, "it must begin with sqlite:") }
        let rest = url.dropFirst("sqlite:".count)
        guard !rest.hasPrefix("//") else {
            throw Self.wrong(url, "write the path right after the colon: sqlite:flow.db or sqlite:/var/lib/flow.db")
        }
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = String(parts[0])
        guard !path.isEmpty, !path.hasSuffix("/"), !path.utf8.contains(0) else { throw Self.wrong(url, "it names no file") }
        self.path = path == ":memory:" ? nil : path
        for option in parts.count > 1 ? parts[1].split(separator: "&") : [] { try take(String(option), url) }
    }

    private mutating func take(_ option: String, _ url: String) throws(StoreError) {
        let sides = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (sides[0], sides.count > 1 ? sides[1] : "") {
        case ("synchronous", let value):
            guard let synchronous = Synchronous(rawValue: value) else { throw Self.wrong(url, "synchronous is full or normal") }
            self.synchronous = synchronous
        case ("takeover", "true"): takesOver = true
        case ("takeover", "false"): takesOver = false
        default: throw Self.wrong(url, "'\(option)' is no option; there are synchronous=full|normal and takeover=true|false")
        }
    }

    private static func wrong(_ url: String, _ why: String) -> StoreError {
        StoreError(.misconfigured, "the URL '\(url.prefix(300))' cannot be used: \(why)")
    }
}
