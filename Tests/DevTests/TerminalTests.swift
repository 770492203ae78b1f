import Foundation
import Testing

@Suite("Views in a real terminal", .serialized, .timeLimit(.minutes(2)), .enabled(if: Window.isThere, Window.missing))
struct TerminalTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    /// A task that goes on until there is a file `go`.
    private static let gated = """
        id: gated
        tasks:
          - {id: a, action: print, params: {message: hello}}
          - {id: b, action: shell, dependOn: a, params: {command: "echo waiting; until [ -e go ]; do sleep 0.05; done; echo gone"}}
          - {id: c, action: print, dependOn: b, params: {message: done}}
        """

    @Test("a run is drawn in place below what its tasks say, and what was drawn last stays")
    func run() async throws {
        try folder.write("gated.yaml", Self.gated)
        let window = try await Window("swiftflow", ["run", "gated.yaml"], in: folder)
        let before = try await window.shows("b running") { $0.contains("b     shell   running") && $0.contains("b[1] info waiting") }
        #expect(before.contains("1 of 3 tasks done"))
        try folder.write("go", "")
        let after = try await window.shows("ended with 0")
        #expect(after.contains("gated: success") && after.contains("3 of 3 tasks done"))
        #expect(after.split(separator: "\n").count { $0.hasPrefix("TASK") } == 1)
        #expect(after.contains("b[1] info gone") && after.contains("c[1] info done"))
        #expect(!after.contains("running"))
    }

    @Test("Ctrl-C cancels the run that is watched, and says how to go on")
    func interrupted() async throws {
        try folder.write("gated.yaml", Self.gated)
        let window = try await Window("swiftflow", ["run", "gated.yaml"], in: folder)
        try await window.shows("b[1] info waiting")
        try await window.type("C-c")
        let end = try await window.shows("ended with 130")
        #expect(end.contains("gated: canceled") && end.contains("swiftflow run gated.yaml --from b"))
        #expect(end.split(separator: "\n").count { $0.hasPrefix("TASK") } == 1)
    }

    @Test("dev draws the runs under way; what is over, and what is wrong in a file, stands above them and tears nothing")
    func dev() async throws {
        try folder.write("dags/gated.yaml", Self.gated)
        let window = try await Window("swiftflow", ["dev"], in: folder)
        try await window.shows("start a run in another terminal")
        _ = try await Program.run("commander", ["run", "gated"], in: folder)
        try await window.shows("gated running") { $0.contains("b     shell   running") }
        try folder.write("dags/wrong.yaml", "id: wrong\ntasks: [{id: a, action: print, dependOn: b}]\n")
        let torn = try await window.shows("dags/wrong.yaml:2:")
        let lines = torn.split(separator: "\n").map(String.init)
        let (mistake, head) = (lines.firstIndex { $0.contains("dags/wrong.yaml:2:") }, lines.firstIndex { $0.hasPrefix("TASK") })
        #expect(try #require(mistake) < #require(head))
        #expect(lines.count { $0.hasPrefix("TASK") } == 1)
        try folder.write("go", "")
        let over = try await window.shows("success  gated in")
        try await window.shows("nothing under way") { !$0.contains("TASK") }
        #expect(over.contains("start a run in another terminal"))
        try await window.type("C-c")
        try await window.shows("ended with 0")
    }

    @Test("two Ctrl-C end dev although a task runs")
    func devTwice() async throws {
        try folder.write("dags/gated.yaml", Self.gated)
        let window = try await Window("swiftflow", ["dev"], in: folder)
        try await window.shows("start a run in another terminal")
        _ = try await Program.run("commander", ["run", "gated"], in: folder)
        try await window.shows("gated running") { $0.contains("b     shell   running") }
        try await window.type("C-c")
        try await window.shows("stopping: running tasks may end; Ctrl-C again cancels them")
        try await window.type("C-c")
        try await window.shows("ended with 0")
    }

    @Test("colours are there unless somebody objects; a dumb terminal gets plain lines")
    func styles() async throws {
        try folder.write("gated.yaml", Self.gated)
        try folder.write("go", "")
        func styled(_ variables: String) async throws -> String {
            let window = try await Window("swiftflow", ["run", "gated.yaml"], in: folder, variables: variables)
            try await window.shows("ended with 0")
            return try await window.screen(styled: true)
        }
        #expect(try await styled("TERM=xterm-256color").contains("\u{1B}[32m"))
        let plain = try await styled("TERM=xterm-256color NO_COLOR=1")
        #expect(!plain.contains("\u{1B}[32m") && plain.contains("gated: success"))
        let dumb = try await styled("TERM=dumb")
        #expect(!dumb.contains("\u{1B}[32m") && !dumb.contains("TASK") && dumb.contains(" b[1] success "))
    }
}
