import Foundation
import KisFlow
import Testing
import Workflow

@testable import Engine
@testable import Swiftflow

@Suite("A new project")
struct ProjectTemplateTests {
    @Test("every file is there, and the manifest names the package or the checkout")
    func files() throws {
        let template = try ProjectTemplate(name: "Weather")
        #expect(
            template.files.map(\.path) == [
                ".gitignore", "Package.swift", "README.md", "Sources/Weather/Measuring.swift", "Sources/Weather/Weather.swift",
                "Tests/WeatherTests/WeatherTests.swift", "dags/weather.yaml", "flows/measure.yaml",
            ])
        #expect(template.manifest.contains(ProjectTemplate.packageURL))
        let local = try ProjectTemplate(name: "Weather", packagePath: "/src/a \"b\"").manifest
        #expect(local.contains(#".package(name: "swiftflow", path: "/src/a \"b\"")"#) && !local.contains(ProjectTemplate.packageURL))
        for (path, text) in template.files { #expect(text.hasSuffix("\n") && !text.contains("\t"), "\(path)") }
    }

    @Test("a program that was built in a checkout begins projects that use it; one that was installed, or is another package's, does not")
    func checkout() {
        let manifest = "let package = Package(\n    name: \"swiftflow\",\n"
        func around(_ path: String, _ text: String?) -> String? {
            Checkout.around(URL(filePath: path)) { $0.path == "/src/flow" ? text : nil }
        }
        #expect(around("/src/flow/.build/x86_64/debug/swiftflow", manifest) == "/src/flow")
        #expect(around("/src/flow/.build-release/release/swiftflow", manifest) == "/src/flow")
        #expect(around("/src/flow/.build/debug/Weather", manifest.replacing("swiftflow", with: "Weather")) == nil)
        #expect(around("/src/flow/.build/debug/swiftflow", nil) == nil && around("/usr/local/bin/swiftflow", manifest) == nil)
    }

    @Test("the DAG and the flow are valid, and use what the worker registers")
    func validates() throws {
        let template = try ProjectTemplate(name: "Weather")
        let texts = Dictionary(uniqueKeysWithValues: template.files.map { ($0.path, $0.text) })
        let known = KnownActions(builtIn: BuiltInActionNames.all, registered: ["report"])
        let dag = DagParser.parse(try #require(texts["dags/weather.yaml"]), file: "weather.yaml", known: known, limits: DagLimits())
        #expect(dag.problems.isEmpty)
        #expect(dag.dag?.tasks.map(\.actionName) == ["kisflow", "report"])
        let flows = try FlowConfiguration.parse(["measure.yaml": try #require(texts["flows/measure.yaml"])])
        #expect(flows.flows.map(\.name) == ["Measure"])
        #expect(template.worker.contains("\"report\"") && template.worker.contains("\"Fahrenheit\""))
    }

    @Test(
        "names that no Swift module can have are refused with one that would do",
        arguments: [
            ("my-project", "MyProject"), ("2024 sales", "Sales"), ("", "MyProject"), ("größe", "GrE"), ("a/b", "AB"),
        ])
    func badNames(name: String, suggestion: String) {
        let error = #expect(throws: NodeError.self) { try ProjectTemplate(name: name) }
        #expect(error?.description.hasSuffix("for example \(suggestion)") == true, "\(error?.description ?? "")")
    }

    @Test("names of modules in use and words of Swift are refused", arguments: ["Swiftflow", "testing", "class", "Engine"])
    func takenNames(name: String) { #expect(throws: NodeError.self) { try ProjectTemplate(name: name) } }

    @Test("the command writes the project, and leaves a folder alone that holds something")
    func command() async throws {
        let folder = try Folder()
        let made = try await Program.run("swiftflow", ["init", "Weather"], in: folder)
        #expect(made.code == 0 && made.output.contains("swift run Weather run dags/weather.yaml"))
        #expect(folder.text("Weather/Sources/Weather/Weather.swift") == (try ProjectTemplate(name: "Weather").worker))
        let again = try await Program.run("swiftflow", ["init", "Weather"], in: folder)
        #expect(again.code == 2 && again.errors.contains("is not an empty folder"))
        let bad = try await Program.run("swiftflow", ["init", "we-ather"], in: folder)
        #expect(bad.code == 2 && bad.errors.contains("for example WeAther"))
        let lost = try await Program.run("swiftflow", ["init", "Other", "--package-path", "nowhere"], in: folder)
        #expect(lost.code == 2 && lost.errors.contains("--package-path names a checkout"))
    }
}
