import Foundation
import Testing

@Suite("dev", .serialized, .timeLimit(.minutes(2)))
struct DevTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private static func dag(_ message: String) -> String { "id: one\ntasks: [{id: a, action: print, params: {message: \(message)}}]\n" }

    @Test("it makes its store, says how to start a run, shows runs line by line, and SIGTERM ends it with 0", arguments: [SIGTERM, SIGINT])
    func session(signal: Int32) async throws {
        try folder.write("dags/one.yaml", Self.dag("first"))
        let dev = try Program("swiftflow", ["dev"], in: folder)
        try await dev.says("start a run in another terminal: commander run one --watch")
        let run = try await Program.run("commander", ["run", "one", "--wait"], in: folder)
        #expect(run.code == 0, "\(run.errors)")
        try await dev.says(" success ")
        #expect(dev.output.contains(" a[1] success dev ") && !dev.output.contains("\u{1B}"))
        dev.send(signal)
        #expect(try await dev.exitCode() == 0)
        #expect(dev.errors.contains("stopping"))
    }

    @Test("an edited file is current within a second, and one with mistakes is reported with its place while the version before stays")
    func editing() async throws {
        try folder.write("dags/one.yaml", Self.dag("first"))
        let dev = try Program("swiftflow", ["dev"], in: folder)
        try await dev.says("is watched (1 DAG)")
        let edited = ContinuousClock.now
        try folder.write("dags/one.yaml", Self.dag("second"))
        try await dev.says("dags/one.yaml: current: DAG 'one'")
        #expect(.now - edited < .seconds(1))
        try folder.write("dags/one.yaml", "id: one\ntasks: [{id: a, action: print, dependOn: b}]\n")
        try await dev.says("dags/one.yaml:2:42: error: ")
        let run = try await Program.run("commander", ["run", "one", "--wait"], in: folder)
        #expect(run.code == 0, "\(run.errors)")
        try folder.write("dags/two.yaml", Self.dag("another").replacing("id: one", with: "id: two"))
        try await dev.says("dags/two.yaml: current: DAG 'two'")
    }

    @Test("what the files say when it starts is what holds, also where one went back to an earlier version")
    func goesBack() async throws {
        try folder.write("dags/one.yaml", Self.dag("first"))
        for text in ["first", "second", "first"] {
            try folder.write("dags/one.yaml", Self.dag(text))
            let dev = try Program("swiftflow", ["dev"], in: folder)
            try await dev.says("is watched (1 DAG)")
            dev.send(SIGTERM)
            #expect(try await dev.exitCode() == 0)
        }
        let shown = try await Program.run("commander", ["dag", "show", "one", "--json"], in: folder)
        #expect(shown.output.contains("first"), "\(shown.output)")
    }

    @Test("a second one on the same store says what to do; a folder that is not there is named")
    func refusals() async throws {
        let none = try await Program.run("swiftflow", ["dev"], in: folder)
        #expect(none.code == 2 && none.errors.contains("there is no folder 'dags' here") && none.errors.contains("--dags ."))
        try folder.write("dags/one.yaml", Self.dag("first"))
        let wrong = try await Program.run("swiftflow", ["dev", "--dags", "dogs"], in: folder)
        #expect(wrong.code == 2 && wrong.errors.contains("there is no directory 'dogs'"))
        let dev = try Program("swiftflow", ["dev"], in: folder)
        try await dev.says("is watched (1 DAG)")
        let second = try await Program.run("swiftflow", ["dev"], in: folder)
        #expect(second.code == 5 && second.errors.contains("use that one, or give this one a store of its own"))
    }

    @Test("a run that nobody can take is shown with the reason")
    func waiting() async throws {
        try folder.write("dags/one.yaml", "id: one\nworker: {gpu: \"true\"}\ntasks: [{id: a, action: print}]\n")
        let dev = try Program("swiftflow", ["dev"], in: folder)
        try await dev.says("is watched (1 DAG)")
        _ = try await Program.run("commander", ["run", "one"], in: folder)
        try await dev.says("waiting: no live node has the labels gpu=true")
    }
}
