import Engine
import SQLiteBackend
import Testing

@Suite("SQLite: URLs")
struct LocationTests {
    @Test("a URL names a file, absolute or not, and what a commit waits for")
    func valid() throws {
        #expect(try SQLiteLocation(url: "sqlite:flow.db") == SQLiteLocation(path: "flow.db"))
        #expect(try SQLiteLocation(url: "sqlite:./.swiftflow/flow.db").path == SQLiteLocation.defaultPath)
        #expect(try SQLiteLocation(url: "sqlite:/var/lib/flow.db?synchronous=normal").synchronous == .normal)
        #expect(try SQLiteLocation(url: "sqlite::memory:").path == nil)
        #expect(try SQLiteLocation(url: "sqlite:a?takeover=true&synchronous=full").takesOver)
    }

    @Test(
        "what is wrong with a URL is said, with the URL",
        arguments: [
            "sqlite:", "sqlite:?synchronous=full", "sqlite:folder/", "sqlite:///flow.db", "sqlite:a?synchronous=off", "sqlite:a?mode=ro",
            "mongodb://h",
        ])
    func invalid(_ url: String) throws {
        let error = #expect(throws: StoreError.self) { try SQLiteLocation(url: url) }
        #expect(error?.kind == .misconfigured && error?.message.contains("'\(url)'") == true)
    }
}
