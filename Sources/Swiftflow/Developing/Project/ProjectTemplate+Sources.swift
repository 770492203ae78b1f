/// What stands in the files of a new project.
extension ProjectTemplate {
    var manifest: String {
        let source = packagePath.map { "name: \"swiftflow\", path: \(Self.literal($0))" } ?? "url: \"\(Self.packageURL)\", branch: \"main\""
        return """
            // swift-tools-version: 6.2

            import PackageDescription

            let package = Package(
                name: "\(name)",
                platforms: [.macOS(.v15)],
                dependencies: [
                    .package(\(source)),
                    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
                ],
                targets: [
                    .executableTarget(
                        name: "\(name)",
                        dependencies: [
                            .product(name: "Swiftflow", package: "swiftflow"), .product(name: "KisFlow", package: "swiftflow"),
                            .product(name: "ArgumentParser", package: "swift-argument-parser"),
                        ]),
                    .testTarget(
                        name: "\(name)Tests",
                        dependencies: ["\(name)", .product(name: "SwiftflowTesting", package: "swiftflow")]),
                ]
            )

            """
    }

    var worker: String {
        """
        \(Self.imports("ArgumentParser", "Engine", "KisFlow", "Swiftflow"))

        /// A worker: all that a stock node can do, and what is registered here.
        @main
        struct \(name): AsyncParsableCommand, WorkerProgram {
            static let name = "\(name)"
            static let configuration = CommandConfiguration(commandName: name, subcommands: commands)
            static func main() async { await runProgram() }

            /// What a task with `action: report` says in its `params`.
            struct Report: Codable, Sendable {
                var text: String
            }

            static func register(actions: inout ActionRegistry) throws {
                try actions.register("report", parameters: Report.self) { context, report in
                    guard !report.text.isEmpty else { throw ActionError("there is nothing to report") }
                    await context.trace(report.text)
                    try context.setOutput(["letters": report.text.count])
                }
            }

            static func register(functions: inout FlowRegistry) throws {
                try functions.map("Fahrenheit") { (row: Celsius, _: FlowContext) in row.inFahrenheit }
            }
        }

        """
    }

    var functions: String {
        """
        /// A row as it comes in.
        struct Celsius: Codable, Sendable {
            var celsius: Double

            var inFahrenheit: Fahrenheit { Fahrenheit(fahrenheit: celsius * 9 / 5 + 32) }
        }

        /// A row as the function `Fahrenheit` gives it on.
        struct Fahrenheit: Codable, Sendable, Equatable {
            var fahrenheit: Double
        }

        """
    }

    var tests: String {
        """
        \(Self.imports("Engine", "Foundation", "KisFlow", "SwiftflowTesting", "Testing", "Workflow"))

        @testable import \(name)

        @Suite("\(name)")
        struct \(name)Tests {
            /// The folder of the project.
            private let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

            @Test("the report says how many measurements there were, and where")
            func report() async throws {
                let file = DagFile.read(folder.appending(path: "dags/\(dag).yaml").path, known: nil)
                #expect(file.problems.isEmpty)
                var run = try TestRun(try #require(file.dag), vars: ["city": "Oslo"])
                run.replace("kisflow") { _ in TaskOutcome(.success, output: ["rows": 2]) }
                run.replace("report") { call in TaskOutcome(.success, output: call.params["text"]) }
                let result = try await run.finish()
                #expect(result.status == .success)
                #expect(result.output("report") == .string("2 measurements in Oslo"))
            }

            @Test("Celsius becomes Fahrenheit, row by row")
            func fahrenheit() async throws {
                var functions = FlowRegistry()
                try \(name).register(functions: &functions)
                let result = try await functions.run("Fahrenheit", on: [Celsius(celsius: 20), Celsius(celsius: -40)])
                #expect(try result.rows(as: Fahrenheit.self) == [Fahrenheit(fahrenheit: 68), Fahrenheit(fahrenheit: -40)])
            }
        }

        """
    }

    var definition: String {
        """
        # Run it: swift run \(name) run dags/\(dag).yaml --var city=Oslo
        id: \(dag)
        vars:
          city: {desc: where it was measured, defaultValue: Berlin}
        tasks:
          - id: measure
            action: kisflow
            params:
              flow: Measure
              rows:
                - {celsius: 20}
                - {celsius: 30}
          - id: report
            action: report
            dependOn: measure
            params: {text: "{{tasks.measure.output.rows}} measurements in {{city}}"}

        """
    }

    static let flow = """
        # Try it on rows of your own: swift run WORKER flow run Measure --flows flows --input rows.jsonl --output -
        kistype: flow
        flow_name: Measure
        flows:
          - fname: Fahrenheit
        ---
        kistype: func
        fname: Fahrenheit
        fmode: Calculate

        """

    var readme: String {
        """
        # \(name)

        A worker for [Swiftflow](\(Self.packageURL)): `Sources/\(name)` has an action (`report`) and a function of rows (`Fahrenheit`), `dags` a DAG that uses both, `flows` the flow in which the function stands.
        It needs libmongoc-dev and libsqlite3-dev (Debian), no server.

        | | |
        | --- | --- |
        | `swift run \(name) run dags/\(dag).yaml --var city=Oslo` | runs the DAG once, and shows what its tasks say |
        | `swift run \(name) run dags/\(dag).yaml --from report` | runs it from a task on, with what the last run has left |
        | `swift run \(name) dev` | watches `dags`, and runs what `commander run \(dag) --watch` submits |
        | `swift run \(name) flow run Measure --flows flows --input rows.jsonl --output -` | runs the flow on rows of a file, without a DAG |
        | `swift test` | runs the tests, in memory |
        | `swift run \(name) node --url mongodb://… --key worker-1 --flows flows` | a node of a cluster |

        Runs are kept in `.swiftflow/flow.db`, which `commander list`, `show` and `trace` read.

        """
    }

    static let ignored = """
        .build/
        .swiftflow/
        .swiftpm/

        """

    private static func imports(_ modules: String...) -> String { modules.map { "import \($0)" }.joined(separator: "\n") }

    /// A text as a literal of Swift.
    private static func literal(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
