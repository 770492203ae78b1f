import Engine
import Foundation
import Testing
import Workflow

extension RealClusters {
    @Suite("The samples", .serialized, .timeLimit(.minutes(1)))
    struct SampleTests {
        private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()

        @Test("every DAG of dags/ is valid, and each runs to the end that it is made for")
        func all() async throws {
            try await Cluster.with { cluster in
                let folder = Self.repository.appendingPathComponent("dags")
                try await cluster.succeed("dag", "validate", folder.path)
                try await cluster.succeed("dag", "apply", folder.path)
                try await cluster.commander.setPool("database", slots: 2)
                let flows = ["--flows", folder.appendingPathComponent("kisflow").path]
                try await cluster.node("worker-1", program: "example-worker", flows + ["--label", "disk=ssd"])
                try await cluster.node("worker-2", program: "example-worker", flows)
                let data = folder.appendingPathComponent("data")
                let vars = [
                    "flight-delays": [
                        "data": data.path, "flights": data.appendingPathComponent("flights-2013-01-week1.csv").path,
                        "out": cluster.folder.appendingPathComponent("delays").path, "day": "2013-01-01",
                    ],
                    "flight-stream": [
                        "flights": data.appendingPathComponent("flights-2013-01-week1.csv").path,
                        "out": cluster.folder.appendingPathComponent("stream").path,
                    ],
                    "students": ["out": cluster.folder.appendingPathComponent("students").path],
                ]
                let dags = try await cluster.commander.dags().map(\.dag.id)
                let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
                #expect(dags.count == files.count)
                for dag in dags { try await cluster.submit(dag, dag, vars: vars[dag] ?? [:]) }
                try await cluster.submit("trigger-rules", "broken", vars: ["broken": "true"])
                _ = try await cluster.until("approval", .blocked)
                cluster.done(try await cluster.commander.continue("approval", wait: .seconds(20)))
                for dag in dags {
                    let run = try await cluster.ended(dag)
                    #expect(run.instance.status == .success, "\(dag): \(run.instance.reason)")
                }
                let broken = try await cluster.ended("broken")
                #expect(broken.instance.status == .failed && broken.status("alarm") == .success && broken.status("notify") == .success)
                #expect(try await cluster.commander.show("placement").task("near-the-data").worker == "worker-1")
            }
        }
    }
}
