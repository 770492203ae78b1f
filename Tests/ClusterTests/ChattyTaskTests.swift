import Engine
import Foundation
import Testing
import Workflow

extension RealClusters {
    @Suite("A task that says a lot", .serialized, .timeLimit(.minutes(2)))
    struct ChattyTaskTests {
        private static let lines = 300_000

        @Test("300,000 lines of a shell task are stored in order, in bounded memory, and hardly slow a neighbour")
        func chatty() async throws {
            try await Cluster.with { cluster in
                let node = try await cluster.node("worker-1", lease: "10s")
                try await apply(cluster)
                try await cluster.succeed("run", "quiet", "--id", "before", "--wait")
                let began = ContinuousClock.now
                try await cluster.succeed("run", "chatty", "--id", "chatty")
                try await talks(cluster)
                try await cluster.succeed("run", "quiet", "--id", "beside", "--wait")
                try await cluster.succeed("run", "chatty", "--id", "chatty", "--wait")
                print("\(Self.lines) lines in \(ContinuousClock.now - began), at most \(peakMemory(node.pid)) MiB of memory")
                #expect(peakMemory(node.pid) < 256)
                let (alone, beside) = (try await hops(of: "before", cluster), try await hops(of: "beside", cluster))
                print("hops, median: \(alone) ms alone, \(beside) ms beside it")
                #expect(beside < 20 * max(alone, 5))
                #expect(try await storedLines(cluster) == Self.lines)
            }
        }

        private func apply(_ cluster: Cluster) async throws {
            let line = "line %.0f of a task that has a lot to say about all that it is doing"
            let chain = (0..<30).map { number in
                "  - {id: t\(number), action: print, params: {message: hop}\(number == 0 ? "" : ", dependOn: [t\(number - 1)]")}"
            }
            try await cluster.succeed(
                "dag", "apply", try cluster.write("quiet.yaml", "id: quiet\ntasks:\n\(chain.joined(separator: "\n"))\n"))
            try await cluster.succeed(
                "dag", "apply",
                try cluster.write(
                    "chatty.yaml",
                    """
                    id: chatty
                    tasks:
                      - {id: talk, action: shell, params: {command: 'seq -f "\(line)" 0 \(Self.lines - 1)'}}
                    """))
        }

        /// Waits until the first lines are there.
        private func talks(_ cluster: Cluster) async throws {
            while try await cluster.commander.traces("chatty", limit: 1).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        }

        /// The median of the times from the end of a task to that of the next, in milliseconds.
        private func hops(of run: String, _ cluster: Cluster) async throws -> Double {
            let ends = try await cluster.commander.show(run).tasks.compactMap(\.endedAt).sorted()
            let hops = zip(ends.dropFirst(), ends).map { $0.timeIntervalSince($1) * 1_000 }.sorted()
            return try #require(hops.isEmpty ? nil : hops[hops.count / 2])
        }

        /// How many lines are there, if they are those that were written, in order.
        private func storedLines(_ cluster: Cluster) async throws -> Int {
            var (count, place) = (0, String?.none)
            while true {
                let chunks = try await cluster.commander.traces("chatty", taskId: "talk", after: place, limit: 100)
                guard let end = chunks.last?.id else { return count }
                place = end
                for line in chunks.flatMap(\.lines) where line.level == .info {
                    guard line.message.hasPrefix("line \(count) of") else { return count }
                    count += 1
                }
            }
        }

        /// The most memory that a process has used, in MiB.
        private func peakMemory(_ pid: Int32) -> Int {
            let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) / 1_024
        }
    }
}
