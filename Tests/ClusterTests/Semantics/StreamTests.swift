import Engine
import Foundation
import Testing
import Workflow

extension RealClusters {
    @Suite("Streams on real processes", .serialized, .timeLimit(.minutes(1)))
    struct StreamTests {
        /// Numbers from a file through a function that can be held, a file, and a sum.
        private func flows(_ cluster: Cluster, rows: Int) throws -> String {
            let folder = cluster.folder.appendingPathComponent("flows")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try cluster.write("numbers.jsonl", (1...rows).map { "{\"n\":\($0)}\n" }.joined())
            try cluster.write(
                "flows/numbers.yaml",
                """
                kistype: flow
                flow_name: Numbers
                source: Numbers
                batch: {max_rows: 10}
                flows: [{fname: Hold}, {fname: Keep}, {fname: Sum}, {fname: Keep, params: {file: sum}}]
                ---
                kistype: conn
                cname: Numbers
                type: jsonl
                addrs: "\(cluster.folder.path)/numbers.jsonl"
                ---
                kistype: conn
                cname: Out
                type: jsonl
                addrs: "\(cluster.folder.path)/{{file}}.jsonl"
                params: {file: out}
                ---
                kistype: func
                fname: Hold
                fmode: Calculate
                ---
                kistype: func
                fname: Keep
                fmode: Save
                option: {cname: Out}
                ---
                kistype: func
                fname: Sum
                fmode: Calculate
                """)
            return folder.path
        }

        @Test("kill -9 in the middle of a stream: another node goes on from the last position, every row is saved once, and sums are right")
        func killed() async throws {
            try await Cluster.with { cluster in
                let flows = try flows(cluster, rows: 1_000)
                let held = try cluster.pipe("held")
                let journal = ["SWIFTFLOW_TEST_JOURNAL": cluster.folder.path]
                let nodes = [
                    try await cluster.node("worker-1", program: "JournalWorker", ["--flows", flows], environment: journal),
                    try await cluster.node("worker-2", program: "JournalWorker", ["--flows", flows], environment: journal),
                ]
                try await cluster.apply(
                    """
                    id: numbers
                    tasks:
                      - id: stream
                        action: kisflow
                        params: {flow: Numbers, checkpointSeconds: 0, params: {at: "555", pipe: "\(held.path)"}}
                    """)
                try await cluster.submit("numbers", "run-1")
                _ = await held.read()
                // What the task has come to is recorded though it goes on.
                let before = try await cluster.until("run-1") { $0.tasks.first?.shareData.first?.value?.contains("\"rows\":550") == true }
                #expect(before.tasks.first?.status == .running)
                try await cluster.owner(of: "run-1", among: nodes).send(SIGKILL)
                let after = try await cluster.ended("run-1")
                #expect(after.instance.status == .success, "\(after.instance.reason)")
                #expect(try cluster.read("out.jsonl") == (1...1_000).map { "{\"n\":\($0)}\n" }.joined())
                #expect(try cluster.read("sum.jsonl") == "{\"n\":500500}\n")
                let output = after.tasks.first?.output?.objectValue
                #expect(output?["rowsRead"] == 1_000 && output?["batches"] == 100)
                #expect(after.instance.shareData.isEmpty)
                let trace = try await cluster.succeed("trace", "run-1", "stream")
                #expect(trace.contains("goes on behind 550 rows in 55 batches"))
            }
        }
    }
}
